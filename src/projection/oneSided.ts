import * as tf from "@tensorflow/tfjs-core";
import { expectVHackFits } from "./expectVHackFits.ts";
import { hackCoefs } from "./hackCoefs.ts";
import { removeAlong, type Projection } from "./removeAlong.ts";

/**
 * Remove the hack-ward part of every module's gradient: gate "one_sided", the default.
 *
 *     c         = vHack · g                        [M, k]
 *     removed   = overshoot relu(c) · vHack        [M, P]
 *     projected = g - removed                      [M, P]
 *
 * Axes with c_i <= 0 are left alone, so motion away from the hack survives.
 *
 * @param gradient   of the knobs, [M, P]; finite (see expectFiniteGradient)
 * @param vHack      [M, k, P], rows orthonormal and oriented hack-ward, or zero
 * @param overshoot  1 removes, 1.1 reverses by a tenth; dimensionless, >= 0
 * @throws ShapeError  the tables do not fit
 * @see `project_one`, gate "one_sided", in the research code's 03_project.py
 */
export function oneSided(gradient: tf.Tensor2D, vHack: tf.Tensor3D, overshoot: number): Projection {
  expectVHackFits("oneSided", gradient, vHack);
  return tf.tidy(() => removeAlong(gradient, vHack, tf.mul(tf.relu(hackCoefs(gradient, vHack)), overshoot)));
}
