import * as tf from "@tensorflow/tfjs-core";
import { expectVHackFits } from "./expectVHackFits.ts";
import { hackCoefs } from "./hackCoefs.ts";
import { rowScales, zeroAsOne } from "./rowNorms.ts";
import { unitDirections } from "./unitDirections.ts";

/** Three readings of how far a module's gradient points along its hack directions. */
export type ModuleCosines = {
  readonly signed: tf.Tensor1D; // [M], in [-1, 1]
  readonly relu: tf.Tensor1D; // [M], in [0, 1]
  readonly subspace: tf.Tensor1D; // [M], in [0, 1]
};

/**
 * Cosine of every module's gradient with v_hack.
 *
 *     c        = vHack · g                       [M, k]
 *     signed   = <g, v> / |g|                    v = unitDirections(vHack)
 *     relu     = |relu(c)| / |g|
 *     subspace = |c| / |g|
 *
 * 0 for a zero gradient or a module without directions. Bounds hold to float32 rounding; nothing is clamped, so that a
 * v_hack that is not normalised shows.
 *
 * @param gradient  [M, P]
 * @param vHack     [M, k, P], rows orthonormal or zero
 * @throws ShapeError  the tables do not fit
 */
export function moduleCosines(gradient: tf.Tensor2D, vHack: tf.Tensor3D): ModuleCosines {
  expectVHackFits("moduleCosines", gradient, vHack);
  const [M] = gradient.shape;
  return tf.tidy(() => {
    const scaled = tf.div(gradient, rowScales(gradient)) as tf.Tensor2D;
    const length = zeroAsOne(tf.sqrt(tf.sum(tf.square(scaled), -1, true))); // [M, 1]
    const c = hackCoefs(scaled, vHack); // [M, k]
    const along = tf.sum(tf.mul(scaled, unitDirections(vHack)), -1, true); // [M, 1]
    const perModule = (x: tf.Tensor): tf.Tensor1D => tf.reshape(tf.div(x, length), [M]);
    return {
      signed: perModule(along),
      relu: perModule(tf.sqrt(tf.sum(tf.square(tf.relu(c)), -1, true))),
      subspace: perModule(tf.sqrt(tf.sum(tf.square(c), -1, true))),
    };
  });
}
