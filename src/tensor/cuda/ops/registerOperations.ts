import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { DeviceError } from "../../../errors.ts";
import type { CudaBackend, Precision } from "../cudaBackend.ts";
import { packedAttention, packedAttentionBackward } from "./attention.ts";
import { batchMatMul } from "./batchMatMul.ts";
import { elementwise } from "./elementwise.ts";
import { linearsBackward } from "./linearsBackward.ts";
import { movement } from "./movement.ts";
import { normedRope, normedRopeBackward } from "./normedRope.ts";
import { cudaName, type Operation, type Operations } from "./operation.ts";
import { reductions } from "./reductions.ts";
import { rmsNorm, rmsNormBackward, rmsNormWeightGradient } from "./rmsNorm.ts";
import { sampleProduct } from "./sampleProduct.ts";
import { swiglu, swigluBackward } from "./swiglu.ts";
import { tokenLogps, tokenLogpsWithDerivative } from "./tokenLogps.ts";
import { storeWeight } from "./weights.ts";
import { writeSlot } from "./writeSlot.ts";

const operations: Operations = {
  ...elementwise,
  ...movement,
  ...reductions,
  BatchMatMul: batchMatMul,
  VhackWriteSlot: writeSlot,
  VhackRmsNorm: rmsNorm,
  VhackRmsNormBackward: rmsNormBackward,
  VhackRmsNormWeightGradient: rmsNormWeightGradient,
  VhackNormedRope: normedRope,
  VhackNormedRopeBackward: normedRopeBackward,
  VhackLinearsBackward: linearsBackward,
  VhackSwiglu: swiglu,
  VhackSwigluBackward: swigluBackward,
  VhackTokenLogps: tokenLogps,
  VhackTokenLogpsWithDerivative: tokenLogpsWithDerivative,
  VhackSampleProduct: sampleProduct,
};

/** Kernels on tensor cores, and storage for them. In float32 the formulas in tf.js operations are used instead. */
const bfloat16Operations: Operations = {
  VhackPackedAttention: packedAttention,
  VhackPackedAttentionBackward: packedAttentionBackward,
  VhackStoreWeight: storeWeight,
};

/** Operations of tf.js, from its list of kernel names: a constant for each, named as the kernel is. */
const namesOfTf = Object.entries(tf)
  .filter(([key, value]) => value === key && /^[A-Z]/.test(key))
  .map(([key]) => key);

/** Tell tf.js what runs on cuda. An operation that we do not have throws a coded error with its name. */
export function registerOperations(precision: Precision): void {
  const ours = precision === "bfloat16" ? { ...operations, ...bfloat16Operations } : operations;
  for (const name of new Set([...namesOfTf, ...Object.keys(ours)])) {
    const operation = ours[name] ?? missing(name);
    tf.registerKernel({
      kernelName: name,
      backendName: cudaName,
      kernelFunc: ({ inputs, attrs, backend }) =>
        operation(backend as CudaBackend, inputs as Record<string, TensorInfo>, attrs ?? {}),
    });
  }
}

function missing(name: string): Operation {
  return () => {
    throw new DeviceError(`--backend cuda: expected an operation that it has, got ${name}; use another --backend`);
  };
}
