import * as tf from "@tensorflow/tfjs-core";

/** What a projection leaves and what it takes away; projected + removed is the gradient. */
export type Projection = {
  readonly projected: tf.Tensor2D; // [M, P]
  readonly removed: tf.Tensor2D; // [M, P]
};

/**
 * Take a given amount of each hack direction out of every module's gradient.
 *
 *     removed   = sum_i amounts[m, i] vHack[m, i]          [M, P]
 *     projected = gradient - removed                       [M, P]
 *
 * @param gradient  [M, P]
 * @param vHack     [M, k, P]
 * @param amounts   [M, k]
 */
export function removeAlong(gradient: tf.Tensor2D, vHack: tf.Tensor3D, amounts: tf.Tensor2D): Projection {
  const [M, k, P] = vHack.shape;
  return tf.tidy(() => {
    const removed = tf.reshape(tf.matMul(tf.reshape(amounts, [M, 1, k]), vHack), [M, P]) as tf.Tensor2D;
    return { projected: tf.sub(gradient, removed), removed };
  });
}
