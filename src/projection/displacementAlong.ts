import * as tf from "@tensorflow/tfjs-core";
import { cosUpdate } from "./cosUpdate.ts";
import { expectVHackFits } from "./expectVHackFits.ts";
import { unitDirections } from "./unitDirections.ts";

/** How far the knobs have moved hack-ward since they were zero. */
export interface Displacement {
  readonly along: number; // sum over modules of <-deltaS, v>, in units of the knobs; > 0 is hack-ward
  readonly cosine: number; // mean over modules of cos(-deltaS, v), in [-1, 1]
}

/**
 * Displacement of the knobs along v_hack.
 *
 *     along = -sum_m <deltaS_m, v_m>        v_m = unitDirections(vHack)[m]
 *
 * v_hack points where a gradient would push hack-ward, and descent moves the knobs against the gradient: hence the minus.
 *
 * @param knobs  deltaS, [M, P]
 * @param vHack  [M, k, P]
 * @throws ShapeError  the tables do not fit
 */
export async function displacementAlong(knobs: tf.Tensor2D, vHack: tf.Tensor3D): Promise<Displacement> {
  expectVHackFits("displacementAlong", knobs, vHack);
  const perModule = tf.tidy(() => tf.sum(tf.mul(tf.neg(knobs), unitDirections(vHack)), -1));
  const values = await perModule.data();
  perModule.dispose();
  return { along: Array.from(values).reduce((sum, value) => sum + value, 0), cosine: await cosUpdate(knobs, vHack) };
}
