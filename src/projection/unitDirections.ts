import * as tf from "@tensorflow/tfjs-core";
import { rowNorms, zeroAsOne } from "./rowNorms.ts";

/**
 * One unit direction per module: the sum of its rows, normalised.
 *
 *     v[m] = sum_i vHack[m, i] / |sum_i vHack[m, i]|        [M, P]
 *
 * For k orthonormal rows this is sum_i v_i / sqrt(k). A module whose rows are all zero keeps the zero direction.
 *
 * @param vHack  [M, k, P]
 */
export function unitDirections(vHack: tf.Tensor3D): tf.Tensor2D {
  const [M, k, P] = vHack.shape;
  return tf.tidy(() => {
    const sum = tf.reshape(tf.matMul(tf.ones([M, 1, k]), vHack), [M, P]) as tf.Tensor2D;
    return tf.div(sum, zeroAsOne(rowNorms(sum)));
  });
}
