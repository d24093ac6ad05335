import * as tf from "@tensorflow/tfjs-core";
import { mean } from "../numeric/moments.ts";
import { expectDirectionsFit, hackCoefs } from "./directions.ts";
import { rowScales, zeroAsOne } from "./rowNorms.ts";

/**
 * Cosine of every module's gradient with its hack direction.
 *
 *     cosine[m] = <g_m, v_m> / |g_m|        [M], in [-1, 1]
 *
 * 0 for a zero gradient or a module without directions. Bounds hold to float32 rounding. Nothing is clamped, so a v_hack
 * that is not normalised shows.
 *
 * @param gradient  [M, P]
 * @param v         unitDirections of v_hack, [M, P]
 * @throws ShapeError  the tables do not fit
 */
export function moduleCosines(gradient: tf.Tensor2D, v: tf.Tensor2D): tf.Tensor1D {
  expectDirectionsFit("moduleCosines", gradient, v);
  return tf.tidy(() => {
    const { scaled, length } = scaledRows(gradient);
    return tf.reshape(tf.div(tf.sum(tf.mul(scaled, v), -1, true), length), [gradient.shape[0]]);
  });
}

/**
 * Mean over all M modules of their cosines: cos_in of the step's summed gradient, cos_out of what projection left of it.
 *
 * A module with a zero gradient or without directions counts, as 0.
 *
 * @throws ShapeError  the tables do not fit
 */
export async function meanCosine(gradient: tf.Tensor2D, v: tf.Tensor2D): Promise<number> {
  return mean([...(await read(moduleCosines(gradient, v)))]);
}

/**
 * Share of every module's gradient that one-sided removal takes: the cosine with its hack-ward part.
 *
 *     reluCosine[m] = |relu(V_m g_m)| / |g_m|        [M], in [0, 1]
 *
 * @param gradient  [M, P]
 * @param vHack     [M, k, P], rows orthonormal or zero
 * @throws ShapeError  the tables do not fit
 */
export function reluCosines(gradient: tf.Tensor2D, vHack: tf.Tensor3D): tf.Tensor1D {
  expectDirectionsFit("reluCosines", gradient, vHack);
  return tf.tidy(() => {
    const { scaled, length } = scaledRows(gradient);
    const hackward = tf.relu(hackCoefs(scaled, vHack)); // [M, k]
    return tf.reshape(tf.div(tf.sqrt(tf.sum(tf.square(hackward), -1, true)), length), [gradient.shape[0]]);
  });
}

/** A module counts as fired above this relu cosine: below it, the sign of c is rounding. */
const firedAbove = 1e-6;

/**
 * Share of modules in which one-sided removal acts.
 *
 *     fracFired = share of m with reluCosine[m] > 1e-6        in [0, 1]
 *
 * @throws ShapeError  the tables do not fit
 */
export async function fracFired(gradient: tf.Tensor2D, vHack: tf.Tensor3D): Promise<number> {
  const cosines = await read(reluCosines(gradient, vHack));
  return cosines.filter((cosine) => cosine > firedAbove).length / cosines.length;
}

/** One sample's gradient against v_hack. The cosines are null when its gradient is exactly zero: it has no direction. */
export interface SampleCosines {
  readonly cosSContrib: number | null; // in [-sqrt(M), sqrt(M)]
  readonly cosSNormalized: number | null; // cosSContrib / sqrt(M), in [-1, 1]
  readonly gradNorm: number; // |g| over all modules
}

/**
 * Cosine of every sample's gradient with v_hack, all modules and samples at once.
 *
 *     cosSContrib    = sum_m <g_m, v_m> / sqrt(sum_m |g_m|^2)
 *     cosSNormalized = cosSContrib / sqrt(M)
 *
 * Each sample is scaled by its largest entry first, so that squares neither underflow nor overflow.
 *
 * @param gradients  per sample, [B, M, P]; finite
 * @param v          unitDirections of v_hack, [M, P]
 * @throws ShapeError  the tables do not fit
 */
export async function sampleCosines(gradients: tf.Tensor3D, v: tf.Tensor2D): Promise<SampleCosines[]> {
  expectDirectionsFit("sampleCosines", gradients, v);
  const [B, M] = gradients.shape;
  const values = await read(sampleReadings(gradients, v));
  return Array.from({ length: B }, (_, b) => {
    const [scale, length, along] = [values[b]!, values[B + b]!, values[2 * B + b]!];
    if (length === 0) return { cosSContrib: null, cosSNormalized: null, gradNorm: 0 };
    const cosSContrib = along / length;
    return { cosSContrib, cosSNormalized: cosSContrib / Math.sqrt(M), gradNorm: scale * length };
  });
}

/** Rows: each sample's largest entry, then of the gradient divided by it: norm, and sum_m <g_m, v_m>.  [3, B] */
function sampleReadings(gradients: tf.Tensor3D, v: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const scale = zeroAsOne(tf.max(tf.max(tf.abs(gradients), -1), -1)); // [B]
    const scaled = tf.div(gradients, tf.reshape(scale, [gradients.shape[0], 1, 1]));
    const length = tf.sqrt(tf.sum(tf.sum(tf.square(scaled), -1), -1)); // [B]
    const along = tf.sum(tf.sum(tf.mul(scaled, v), -1), -1); // [B]
    return tf.stack([scale, length, along]) as tf.Tensor2D;
  });
}

/** A gradient with each row divided by its largest entry, [M, P], and the norms of the result, 1 for a row of zeros, [M, 1]. */
function scaledRows(gradient: tf.Tensor2D): { scaled: tf.Tensor2D; length: tf.Tensor } {
  const scaled = tf.div(gradient, rowScales(gradient)) as tf.Tensor2D;
  return { scaled, length: zeroAsOne(tf.sqrt(tf.sum(tf.square(scaled), -1, true))) };
}

async function read(values: tf.Tensor): Promise<Float32Array> {
  const host = Float32Array.from(await values.data());
  values.dispose();
  return host;
}
