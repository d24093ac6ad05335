import * as tf from "@tensorflow/tfjs-core";
import { meanCosine } from "./cosines.ts";
import { expectDirectionsFit } from "./directions.ts";

/**
 * Cosine with v_hack of what was descended to make a change of the knobs.
 *
 *     descentCosine = mean_m cos(-change_m, v_m)        in [-1, 1]
 *
 * -change is the gradient that was in effect descended, so this has the sign of cos_in and cos_out and compares with them
 * directly: positive means that the knobs moved hack-ward. Of the optimizer's step it is cos_update. It exceeds cos_out
 * where the moments or the preconditioner bring the removed direction back.
 *
 * @param change  knobs after minus knobs before, [M, P]
 * @param v       unitDirections of v_hack, [M, P]
 * @throws ShapeError  the tables do not fit
 */
export async function descentCosine(change: tf.Tensor2D, v: tf.Tensor2D): Promise<number> {
  const descended = tf.tidy(() => tf.neg(change) as tf.Tensor2D);
  const cosine = await meanCosine(descended, v);
  descended.dispose();
  return cosine;
}

/** How far the knobs have moved hack-ward since training started. */
export interface Displacement {
  readonly along: number; // sum over modules of <-moved, v>, in units of the knobs; > 0 is hack-ward
  readonly cosine: number; // mean over modules of cos(-moved, v), in [-1, 1]
}

/**
 * Displacement of the knobs along v_hack.
 *
 *     along = -sum_m <moved_m, v_m>
 *
 * v_hack points where a gradient would push hack-ward, and descent moves the knobs against the gradient: hence the minus.
 *
 * @param moved  knobs minus those at the start, [M, P]
 * @param v      unitDirections of v_hack, [M, P]
 * @throws ShapeError  the tables do not fit
 */
export async function displacementAlong(moved: tf.Tensor2D, v: tf.Tensor2D): Promise<Displacement> {
  expectDirectionsFit("displacementAlong", moved, v);
  const perModule = tf.tidy(() => tf.sum(tf.mul(tf.neg(moved), v), -1));
  const values = await perModule.data();
  perModule.dispose();
  return { along: Array.from(values).reduce((sum, value) => sum + value, 0), cosine: await descentCosine(moved, v) };
}
