import * as tf from "@tensorflow/tfjs-core";
import { expectVHackFits } from "./expectVHackFits.ts";
import { zeroAsOne } from "./rowNorms.ts";
import { unitDirections } from "./unitDirections.ts";

/** One sample's gradient against v_hack. The cosines are null when its gradient is exactly zero: it has no direction. */
export interface SampleCosines {
  readonly cosSContrib: number | null; // in [-sqrt(M), sqrt(M)]
  readonly cosSNormalized: number | null; // cosSContrib / sqrt(M), in [-1, 1]
  readonly relu: number | null; // in [0, 1]
  readonly subspace: number | null; // in [0, 1]
  readonly gradNorm: number; // |g| over all modules
}

/**
 * Cosines of every sample's gradient with v_hack, all modules and samples at once.
 *
 *     cosSContrib    = sum_m <g_m, v_m> / sqrt(sum_m |g_m|^2)        v_m = unitDirections(vHack)[m]
 *     cosSNormalized = cosSContrib / sqrt(M)
 *     relu, subspace = sqrt(sum_m |relu(c_m)|^2), sqrt(sum_m |c_m|^2) over the same root,  c_m = vHack_m · g_m
 *
 * Each sample is scaled by its largest entry first, so that squares neither underflow nor overflow.
 *
 * @param gradients  per sample, [B, M, P]; finite
 * @param vHack      [M, k, P], rows orthonormal or zero
 * @throws ShapeError  the tables do not fit
 */
export async function sampleCosines(gradients: tf.Tensor3D, vHack: tf.Tensor3D): Promise<SampleCosines[]> {
  expectVHackFits("sampleCosines", gradients, vHack);
  const [B, M] = gradients.shape;
  const columns = tf.tidy(() => sampleReadings(gradients, vHack));
  const values = await columns.data();
  columns.dispose();
  return Array.from({ length: B }, (_, b) => {
    const [scale, length, along, relu, subspace] = Array.from({ length: 5 }, (_, column) => values[column * B + b]!);
    if (length === 0) return { cosSContrib: null, cosSNormalized: null, relu: null, subspace: null, gradNorm: 0 };
    const cosSContrib = along! / length!;
    return {
      cosSContrib,
      cosSNormalized: cosSContrib / Math.sqrt(M),
      relu: relu! / length!,
      subspace: subspace! / length!,
      gradNorm: scale! * length!,
    };
  });
}

/** Rows: largest entry, then of the gradient divided by it: norm, sum_m <g_m, v_m>, |relu(c)|, |c|.  [5, B] */
function sampleReadings(gradients: tf.Tensor3D, vHack: tf.Tensor3D): tf.Tensor2D {
  const [B, M, P] = gradients.shape;
  const k = vHack.shape[1];
  const scale = zeroAsOne(tf.max(tf.max(tf.abs(gradients), -1), -1)); // [B]
  const scaled = tf.div(gradients, tf.reshape(scale, [B, 1, 1])) as tf.Tensor3D;
  const dot = (direction: tf.Tensor2D): tf.Tensor2D => tf.sum(tf.mul(scaled, direction), -1); // [B, M]
  const length = tf.sqrt(tf.sum(tf.sum(tf.square(scaled), -1), -1)); // [B]
  const along = tf.sum(dot(unitDirections(vHack)), -1); // [B]
  const coefs = Array.from({ length: k }, (_, i) => dot(tf.reshape(tf.slice(vHack, [0, i, 0], [M, 1, P]), [M, P])));
  const c = tf.concat(coefs, 1); // [B, k M]
  const size = (x: tf.Tensor2D): tf.Tensor1D => tf.sqrt(tf.sum(tf.square(x), -1)); // [B]
  return tf.stack([scale, length, along, size(tf.relu(c)), size(c)]) as tf.Tensor2D;
}
