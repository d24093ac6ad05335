// the umbrella registers tf.js's gradients with the one tfjs-core that src uses; autodiff is an oracle and lives here only
import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";

/** Gradients of sum(dY * f(inputs)) with respect to every input, by tf.js; the caller frees them. */
export function autodiffGradients(
  f: (inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  dY: tf.Tensor,
): tf.Tensor[] {
  return tf.tidy(() => tf.grads((...xs: tf.Tensor[]) => tf.sum(tf.mul(f(xs), dY)))([...inputs]));
}
