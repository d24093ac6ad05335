import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { rmsNorm, type SavedRmsNorm } from "../nn/rmsNorm.ts";

/** [N, H Dh] -> [N, H, Dh] */
export function splitHeads(x: Tensor2D, headDim: number): Tensor3D {
  return tf.reshape(x, [x.shape[0], x.shape[1] / headDim, headDim]);
}

/** [N, H, Dh] -> [N, H Dh] */
export function joinHeads(x: Tensor3D): Tensor2D {
  return tf.reshape(x, [x.shape[0], x.shape[1] * x.shape[2]]);
}

/** RMSNorm of every head of a projection: [N, H Dh] -> [N, H, Dh]. */
export function normedHeads(projected: Tensor2D, weight: Tensor1D, eps: number): { y: Tensor3D; saved: SavedRmsNorm } {
  const heads = splitHeads(projected, weight.shape[0]);
  const { y, saved } = rmsNorm(headRows(heads), weight, eps);
  return { y: tf.reshape(y, heads.shape), saved };
}

/**
 * Gradient of {@link normedHeads}: [N, H, Dh] -> [N, H Dh].
 *
 * @param through  the norm's backward, over rows of one head each, [N H, Dh]
 */
export function normedHeadsBackward(dY: Tensor3D, through: (dRows: Tensor2D) => Tensor2D): Tensor2D {
  const [N, H, Dh] = dY.shape;
  return tf.reshape(through(headRows(dY)), [N, H * Dh]);
}

/** [N, H, Dh] -> [N H, Dh] */
function headRows(x: Tensor3D): Tensor2D {
  return tf.reshape(x, [x.shape[0] * x.shape[1], x.shape[2]]);
}
