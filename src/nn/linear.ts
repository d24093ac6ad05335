import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { kernelOr } from "../tensor/kernelOr.ts";

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

/** The gradient of one Linear's output, [N, dOut], and its weight. */
export interface LinearSlope {
  readonly dY: Tensor2D;
  readonly wT: Tensor2D;
}

/**
 * Activation gradient of {@link linear}; of several with one input, their sum.
 *
 *     y_i = x · wT_i   =>   dX = sum_i dY_i · wT_i^T        [N, dIn]
 *
 * @param onlyForProducts  whether only matrix products read dX: a backend that rounds their operands may store it rounded
 */
export function linearsBackward(slopes: readonly LinearSlope[], onlyForProducts: boolean): Tensor2D {
  const inputs = Object.fromEntries(
    slopes.flatMap(({ dY, wT }, i) => [
      [`dY${i}`, dY],
      [`wT${i}`, wT],
    ]),
  );
  const [dX] = kernelOr<[Tensor2D]>("VhackLinearsBackward", inputs, { onlyForProducts }, () => {
    const each = slopes.map(({ dY, wT }): Tensor2D => tf.matMul(dY, wT, false, true));
    return [each.length === 1 ? each[0]! : tf.addN(each)];
  });
  return dX;
}

/**
 * Weight gradient of {@link linear}, for training from scratch.
 *
 *     y = x · wT   =>   dWT = x^T · dY        [dIn, dOut]
 */
export function linearWeightGradient(x: Tensor2D, dY: Tensor2D): Tensor2D {
  return tf.matMul(x, dY, true, false);
}
