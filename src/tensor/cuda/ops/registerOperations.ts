import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { DeviceError } from "../../../errors.ts";
import type { CudaBackend } from "../cudaBackend.ts";
import { batchMatMul } from "./batchMatMul.ts";
import { elementwise } from "./elementwise.ts";
import { movement } from "./movement.ts";
import { cudaName, type Operation, type Operations } from "./operation.ts";
import { reductions } from "./reductions.ts";
import { writeSlot } from "./writeSlot.ts";

const operations: Operations = {
  ...elementwise,
  ...movement,
  ...reductions,
  BatchMatMul: batchMatMul,
  VhackWriteSlot: writeSlot,
};

/** Operations of tf.js, from its list of kernel names: a constant for each, named as the kernel is. */
const namesOfTf = Object.entries(tf)
  .filter(([key, value]) => value === key && /^[A-Z]/.test(key))
  .map(([key]) => key);

/** Tell tf.js what runs on cuda. An operation that we do not have throws a coded error with its name. */
export function registerOperations(): void {
  for (const name of new Set([...namesOfTf, ...Object.keys(operations)])) {
    const operation = operations[name] ?? missing(name);
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
