import * as tf from "@tensorflow/tfjs-core";
import type { KernelBackend, KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";

/** What a reduction over some axes is once these are the last ones: the same for each of R rows of n numbers. */
export interface Rows {
  readonly x: TensorInfo; // [R, n]
  readonly n: number;
  readonly outShape: number[]; // of the reduced tensor
}

type Params = Parameters<KernelFunc>[0];

/** How many numbers go into one number of a reduction's result. */
export function reducedLength({ inputs, attrs }: Params): number {
  const { x } = inputs as { x: TensorInfo };
  const axes = tf.util.parseAxisParam(attrs!["axis"] as number | number[], x.shape);
  return tf.util.sizeFromShape(axes.map((axis) => x.shape[axis]!));
}

/** Run a reduction of rows on the axes that are asked for; they are moved to the end first where they are not there. */
export function reduceRows(params: Params, reduce: (rows: Rows) => TensorInfo): TensorInfo {
  const { x } = params.inputs as { x: TensorInfo };
  const { axis, keepDims } = params.attrs as unknown as { axis: number | number[]; keepDims: boolean };
  const backend = params.backend as KernelBackend;
  const axes = tf.util.parseAxisParam(axis, x.shape);
  const kept = x.shape.filter((_, i) => !axes.includes(i));
  const outShape = keepDims ? x.shape.map((size, i) => (axes.includes(i) ? 1 : size)) : kept;
  const n = reducedLength(params);
  const rowsOf = (moved: TensorInfo) => ({ x: { ...moved, shape: [tf.util.sizeFromShape(kept), n] }, n, outShape });
  const perm = tf.backend_util.getAxesPermutation(axes, x.shape.length);
  if (perm === null) return reduce(rowsOf(x));
  const transpose = tf.getKernel("Transpose", tf.getBackend()).kernelFunc;
  const moved = transpose({ inputs: { x }, backend, attrs: { perm } }) as TensorInfo;
  try {
    return reduce(rowsOf(moved));
  } finally {
    backend.disposeData(moved.dataId);
  }
}
