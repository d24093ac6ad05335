import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";

/** [N, H Dh] -> [N, H, Dh] */
export function splitHeads(x: Tensor2D, headDim: number): Tensor3D {
  return tf.reshape(x, [x.shape[0], x.shape[1] / headDim, headDim]);
}

/** [N, H, Dh] -> [N, H Dh] */
export function joinHeads(x: Tensor3D): Tensor2D {
  return tf.reshape(x, [x.shape[0], x.shape[1] * x.shape[2]]);
}
