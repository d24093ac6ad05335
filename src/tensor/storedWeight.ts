import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { kernelOr } from "./kernelOr.ts";

/**
 * A weight as the backend in use stores weights: cuda rounds it to bfloat16, which a bfloat16 checkpoint's numbers survive
 * bit for bit, and multiplies it on tensor cores; with --precision float32 and on other backends it stays as it is.
 */
export function storedWeight<T extends Tensor>(x: T): T {
  return kernelOr<[T]>("VhackStoreWeight", { x }, {}, () => [tf.clone(x)])[0];
}
