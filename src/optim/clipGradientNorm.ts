import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";

/**
 * Scale a gradient down to a largest global norm; a shorter one stays as it is.
 *
 *     g' = g min(1, maxNorm / |g|)        [M, P]
 *
 * @param maxNorm  infinity clips nothing
 */
export function clipGradientNorm(gradient: Tensor2D, maxNorm: number): Tensor2D {
  if (maxNorm === Number.POSITIVE_INFINITY) return tf.clone(gradient);
  return tf.tidy(() => {
    const length = tf.maximum(tf.norm(gradient), maxNorm);
    return tf.mul(gradient, tf.div(maxNorm, length));
  });
}
