import * as tf from "@tensorflow/tfjs-core";
import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import type { CudaBackend } from "../cudaBackend.ts";
import type { Storage } from "../device.ts";

/** How tf.js names the backend. */
export const cudaName = "cuda";

/** An operation of tf.js, or a kernel of ours: named inputs and attributes to one or more tensors. */
export type Operation = (
  backend: CudaBackend,
  inputs: Readonly<Record<string, TensorInfo>>,
  attrs: NamedAttrMap,
) => TensorInfo | TensorInfo[];

/** Operations by the names under which tf.js asks for them. */
export type Operations = Readonly<Record<string, Operation>>;

/** The same tensor under another shape: no number moves. */
export function reshaped(backend: CudaBackend, x: TensorInfo, shape: readonly number[]): TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: [...shape], dtype: x.dtype };
}

export const sizeOf = (shape: readonly number[]): number => tf.util.sizeFromShape([...shape]);

/** Use tensors that an operation made for itself, and free them whatever happens. */
export function withTemporary<T extends TensorInfo, R>(backend: CudaBackend, temporary: T, use: (x: T) => R): R {
  try {
    return use(temporary);
  } finally {
    backend.disposeData(temporary.dataId);
  }
}

/** How a result is stored that only products read. */
export function operandStorage({ precision }: CudaBackend): Storage {
  return precision === "bfloat16" ? "bf16" : "float";
}
