import * as tf from "@tensorflow/tfjs-core";
import { mean } from "../numeric/moments.ts";
import { moduleCosines } from "./moduleCosines.ts";

/** A step gradient's cosines with v_hack: means over all M modules, and the modules' own. */
export interface StepCosines {
  readonly signed: number; // mean over modules, in [-1, 1]: cos_in or cos_out
  readonly relu: number;
  readonly subspace: number;
  readonly fracFired: number; // share of modules in which one-sided removal acts, 0..1
  readonly fracAlong: number; // share of modules with <g, v> > 0, 0..1
  readonly perModule: { readonly signed: Float32Array; readonly relu: Float32Array; readonly subspace: Float32Array }; // [M]
}

/** A module counts as fired above this relu cosine: below it, the sign of c is rounding. */
const firedAbove = 1e-6;

/**
 * cos_in (of the step's summed gradient) or cos_out (of what projection left of it), with the share of modules fired.
 *
 *     signed    = mean_m <g_m, v_m> / (|g_m| |v_m|)
 *     fracFired = share of m with |relu(V_m g_m)| / |g_m| > 1e-6
 *     fracAlong = share of m with <g_m, v_m> > 0
 *
 * For k = 1 the two shares agree, up to cosines below 1e-6. A module with a zero gradient or without directions counts in
 * the mean, as 0.
 *
 * @param gradient  [M, P]
 * @param vHack     [M, k, P]
 * @throws ShapeError  the tables do not fit
 */
export async function stepCosines(gradient: tf.Tensor2D, vHack: tf.Tensor3D): Promise<StepCosines> {
  const [M] = gradient.shape;
  const stacked = tf.tidy(() => {
    const { signed, relu, subspace } = moduleCosines(gradient, vHack);
    return tf.concat([signed, relu, subspace]);
  });
  const values = Float32Array.from(await stacked.data());
  stacked.dispose();
  const signed = values.subarray(0, M);
  const relu = values.subarray(M, 2 * M);
  const subspace = values.subarray(2 * M);
  return {
    signed: mean([...signed]),
    relu: mean([...relu]),
    subspace: mean([...subspace]),
    fracFired: share(relu, firedAbove),
    fracAlong: share(signed, 0),
    perModule: { signed, relu, subspace },
  };
}

function share(values: Float32Array, above: number): number {
  return values.reduce((count, value) => count + (value > above ? 1 : 0), 0) / values.length;
}
