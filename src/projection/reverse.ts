import * as tf from "@tensorflow/tfjs-core";
import { expectVHackFits } from "./expectVHackFits.ts";
import { hackCoefs } from "./hackCoefs.ts";
import { removeAlong, type Projection } from "./removeAlong.ts";

/**
 * Mirror every module's component in the span of v_hack: gate "reverse", not gated by sign.
 *
 *     removed   = overshoot 2 (vHack · g) · vHack  [M, P]
 *     projected = g - removed                      [M, P]
 *
 * At overshoot 1 this is a reflection: it keeps the norm, and applied twice it is the identity.
 *
 * @param gradient   of the knobs, [M, P]; finite (see expectFiniteGradient)
 * @param vHack      [M, k, P], rows orthonormal or zero
 * @param overshoot  dimensionless, >= 0
 * @throws ShapeError  the tables do not fit
 * @see `project_one`, gate "reverse", in the research code's 03_project.py
 */
export function reverse(gradient: tf.Tensor2D, vHack: tf.Tensor3D, overshoot: number): Projection {
  expectVHackFits("reverse", gradient, vHack);
  return tf.tidy(() => removeAlong(gradient, vHack, tf.mul(hackCoefs(gradient, vHack), 2 * overshoot)));
}
