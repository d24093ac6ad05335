import * as tf from "@tensorflow/tfjs-core";

/**
 * The step's gradient: the sum over samples (never the mean).
 *
 *     g[m, j] = sum_b gradients[b, m, j]        [B, M, P] -> [M, P]
 *
 * As a product with ones: sums over a leading axis are slow on wasm.
 */
export function sumSamples(gradients: tf.Tensor3D): tf.Tensor2D {
  const [B, M, P] = gradients.shape;
  return tf.tidy(() => tf.reshape(tf.matMul(tf.ones([1, B]), tf.reshape(gradients, [B, M * P])), [M, P]));
}
