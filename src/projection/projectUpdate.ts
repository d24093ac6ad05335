import * as tf from "@tensorflow/tfjs-core";
import type { Projection } from "./removeAlong.ts";

/** A gate: oneSided, noGate or reverse. */
export type Gate = (gradient: tf.Tensor2D, vHack: tf.Tensor3D, overshoot: number) => Projection;

/**
 * Project the optimizer's step instead of the gradient.
 *
 *     update' = -gate(-update).projected        [M, P]
 *
 * -update is the direction that was descended, so the gate sees it as it would see a gradient. AdamW's moments and
 * preconditioner can bring a removed direction back; acting on the step itself leaves them no way to.
 *
 * @param update  knobs after minus knobs before, [M, P]
 * @param vHack   [M, k, P]
 */
export function projectUpdate(update: tf.Tensor2D, vHack: tf.Tensor3D, overshoot: number, gate: Gate): tf.Tensor2D {
  return tf.tidy(() => tf.neg(gate(tf.neg(update), vHack, overshoot).projected));
}
