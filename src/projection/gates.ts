import * as tf from "@tensorflow/tfjs-core";
import { expectDirectionsFit, hackCoefs } from "./directions.ts";
import { rowNorms } from "./rowNorms.ts";

/** What a projection leaves and what it takes away; projected + removed is the gradient. */
export type Projection = {
  readonly projected: tf.Tensor2D; // [M, P]
  readonly removed: tf.Tensor2D; // [M, P]
};

/**
 * A projection rule: how much of each hack direction is taken out of a gradient.
 *
 * @param gradient   of the knobs, [M, P]; finite (see expectFiniteGradient)
 * @param vHack      [M, k, P], rows orthonormal and oriented hack-ward, or zero
 * @param overshoot  1 removes, 1.1 reverses by a tenth; dimensionless, >= 0
 * @throws ShapeError  the tables do not fit
 */
export type Gate = (gradient: tf.Tensor2D, vHack: tf.Tensor3D, overshoot: number) => Projection;

/** A gate with its settings chosen: what a run takes out of every gradient. */
export type Projector = (gradient: tf.Tensor2D, vHack: tf.Tensor3D) => Projection;

/**
 * Remove the hack-ward part of every module's gradient: gate "one_sided", the default.
 *
 *     c         = vHack · g                        [M, k]
 *     removed   = overshoot relu(c) · vHack        [M, P]
 *     projected = g - removed                      [M, P]
 *
 * Axes with c_i <= 0 are left alone, so motion away from the hack survives.
 *
 * @see Gate, and `project_one` in the research code's 03_project.py, for this gate and the next two
 */
export function oneSided(gradient: tf.Tensor2D, vHack: tf.Tensor3D, overshoot: number): Projection {
  expectDirectionsFit("oneSided", gradient, vHack);
  return tf.tidy(() => removeAlong(gradient, vHack, tf.mul(tf.relu(hackCoefs(gradient, vHack)), overshoot)));
}

/**
 * Remove every module's component in the span of v_hack, whichever way it points: gate "no_gate".
 *
 *     removed   = overshoot (vHack · g) · vHack    [M, P]
 *     projected = g - removed                      [M, P]
 */
export function noGate(gradient: tf.Tensor2D, vHack: tf.Tensor3D, overshoot: number): Projection {
  expectDirectionsFit("noGate", gradient, vHack);
  return tf.tidy(() => removeAlong(gradient, vHack, tf.mul(hackCoefs(gradient, vHack), overshoot)));
}

/**
 * Mirror every module's component in the span of v_hack, whichever way it points: gate "reverse".
 *
 *     removed   = overshoot 2 (vHack · g) · vHack  [M, P]
 *     projected = g - removed                      [M, P]
 *
 * At overshoot 1 this is a reflection: it keeps the norm, and applied twice it is the identity.
 */
export function reverse(gradient: tf.Tensor2D, vHack: tf.Tensor3D, overshoot: number): Projection {
  expectDirectionsFit("reverse", gradient, vHack);
  return tf.tidy(() => removeAlong(gradient, vHack, tf.mul(hackCoefs(gradient, vHack), 2 * overshoot)));
}

/** By the name that the command line and the manifests use. */
export const gates = { one_sided: oneSided, no_gate: noGate, reverse } as const satisfies Record<string, Gate>;

/** @param keepsNorm  rescale what is left to the gradient's own length: see preserveMagnitude */
export function projector(gate: keyof typeof gates, overshoot: number, keepsNorm: boolean): Projector {
  const project: Projector = (gradient, vHack) => gates[gate](gradient, vHack, overshoot);
  if (!keepsNorm) return project;
  return (gradient, vHack) => tf.tidy(() => preserveMagnitude(gradient, project(gradient, vHack)));
}

/**
 * Take a given amount of each hack direction out of every module's gradient.
 *
 *     removed   = sum_i amounts[m, i] vHack[m, i]          [M, P]
 *     projected = gradient - removed                       [M, P]
 *
 * @param amounts  [M, k]
 */
export function removeAlong(gradient: tf.Tensor2D, vHack: tf.Tensor3D, amounts: tf.Tensor2D): Projection {
  const [M, k, P] = vHack.shape;
  return tf.tidy(() => {
    const removed = tf.reshape(tf.matMul(tf.reshape(amounts, [M, 1, k]), vHack), [M, P]) as tf.Tensor2D;
    return { projected: tf.sub(gradient, removed), removed };
  });
}

/** Below this norm a residual counts as nothing, and is not blown up to the gradient's length. */
const smallestNorm = 1e-12;

/**
 * Rescale what a projection left to the length of the gradient it came from, module by module.
 *
 *     projected' = projected |g| / max(|projected|, 1e-12)        [M, P]
 *
 * `removed` stays as it was, so projected' + removed is no longer the gradient. If the gradient lies entirely along v_hack,
 * only rounding noise is left, and rescaling blows that noise up to full length.
 *
 * @param projection  of that gradient
 */
export function preserveMagnitude(gradient: tf.Tensor2D, projection: Projection): Projection {
  return tf.tidy(() => {
    const length = tf.maximum(rowNorms(projection.projected), smallestNorm);
    return {
      projected: tf.mul(tf.div(projection.projected, length), rowNorms(gradient)),
      removed: tf.clone(projection.removed),
    };
  });
}

/**
 * Project the optimizer's step instead of the gradient.
 *
 *     update' = -project(-update).projected        [M, P]
 *
 * -update is the direction that was descended, so the gate sees it as it would see a gradient. AdamW's moments and
 * preconditioner can bring a removed direction back; a gate on the step itself leaves them no way to.
 *
 * @param update  knobs after minus knobs before, [M, P]
 */
export function projectUpdate(update: tf.Tensor2D, vHack: tf.Tensor3D, project: Projector): tf.Tensor2D {
  return tf.tidy(() => tf.neg(project(tf.neg(update), vHack).projected));
}
