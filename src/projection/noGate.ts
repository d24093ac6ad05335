import * as tf from "@tensorflow/tfjs-core";
import { expectVHackFits } from "./expectVHackFits.ts";
import { hackCoefs } from "./hackCoefs.ts";
import { removeAlong, type Projection } from "./removeAlong.ts";

/**
 * Remove every module's component in the span of v_hack, whichever way it points: gate "no_gate".
 *
 *     removed   = overshoot (vHack · g) · vHack    [M, P]
 *     projected = g - removed                      [M, P]
 *
 * @param gradient   of the knobs, [M, P]; finite (see expectFiniteGradient)
 * @param vHack      [M, k, P], rows orthonormal or zero
 * @param overshoot  1 removes, 1.1 reverses by a tenth; dimensionless, >= 0
 * @throws ShapeError  the tables do not fit
 * @see `project_one`, gate "no_gate", in the research code's 03_project.py
 */
export function noGate(gradient: tf.Tensor2D, vHack: tf.Tensor3D, overshoot: number): Projection {
  expectVHackFits("noGate", gradient, vHack);
  return tf.tidy(() => removeAlong(gradient, vHack, tf.mul(hackCoefs(gradient, vHack), overshoot)));
}
