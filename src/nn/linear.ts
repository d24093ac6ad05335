import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";

/**
 * Called once per Linear during backward with its input and the gradient of its output: all that a weight's or an
 * adapter's gradient needs. Both tensors are freed when the call returns.
 *
 * @param moduleName  as in the checkpoint, e.g. `model.layers.0.self_attn.q_proj`
 * @param x           input of the tokens that passed, [Np, dIn]
 * @param dY          gradient of the output, of all samples' tokens, [N, dOut]; N = Np unless samples share tokens
 */
export type LinearGradientSink = (moduleName: string, x: Tensor2D, dY: Tensor2D) => void;

/**
 * A Linear without bias.
 *
 *     y = x · wT        [N, dOut]
 *
 * @param x   [N, dIn]
 * @param wT  the checkpoint's weight, transposed: [dIn, dOut]
 */
export function linear(x: Tensor2D, wT: Tensor2D): Tensor2D {
  return tf.matMul(x, wT);
}

/**
 * Activation gradient of {@link linear}.
 *
 *     y = x · wT   =>   dX = dY · wT^T        [N, dIn]
 */
export function linearBackward(dY: Tensor2D, wT: Tensor2D): Tensor2D {
  return tf.matMul(dY, wT, false, true);
}

/**
 * Weight gradient of {@link linear}, for training from scratch.
 *
 *     y = x · wT   =>   dWT = x^T · dY        [dIn, dOut]
 */
export function linearWeightGradient(x: Tensor2D, dY: Tensor2D): Tensor2D {
  return tf.matMul(x, dY, true, false);
}
