import * as tf from "@tensorflow/tfjs-core";

/**
 * Coordinates of every module's gradient along its hack directions.
 *
 *     c[m, i] = sum_j vHack[m, i, j] gradient[m, j]        [M, k]
 *
 * c > 0 pushes hack-ward. As a product per module: einsum is missing on wasm.
 *
 * @param gradient  [M, P]
 * @param vHack     [M, k, P]
 */
export function hackCoefs(gradient: tf.Tensor2D, vHack: tf.Tensor3D): tf.Tensor2D {
  const [M, k, P] = vHack.shape;
  return tf.tidy(() => tf.reshape(tf.matMul(vHack, tf.reshape(gradient, [M, P, 1])), [M, k]));
}
