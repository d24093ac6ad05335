import * as tf from "@tensorflow/tfjs-core";

/**
 * Euclidean norm of each row, without underflow or overflow of the squares.
 *
 *     norm = max|x| sqrt(sum_j (x_j / max|x|)^2)        [..., P] -> [..., 1]
 *
 * In float32 a plain sum of squares is 0 for entries below 1e-23: a small gradient would lose its cosine.
 */
export function rowNorms(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const scale = rowScales(x);
    return tf.mul(scale, tf.sqrt(tf.sum(tf.square(tf.div(x, scale)), -1, true)));
  });
}

/** Largest magnitude in each row; 1 for a row of zeros, so that it can be divided by. [..., P] -> [..., 1] */
export function rowScales(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => zeroAsOne(tf.max(tf.abs(x), -1, true)));
}

/** Replace 0 by 1: turns "zero divided by zero" into 0. */
export function zeroAsOne(x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.where(tf.equal(x, 0), tf.onesLike(x), x));
}
