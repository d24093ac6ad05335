import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { kernelOr } from "../tensor/kernelOr.ts";
import { placesInput, rowsAt, type Places } from "./rowsAt.ts";
import type { Saved } from "./saved.ts";

export type SavedRmsNorm = Saved<"rmsNorm">;
type Kept = [xHat: Tensor2D, rstd: Tensor2D];

/**
 * Root-mean-square normalisation over the last axis.
 *
 *     rstd = (mean(x^2) + eps)^-1/2        [N, 1]
 *     xHat = x * rstd                      [N, D]
 *     y    = xHat * weight                 [N, D]
 *
 * @see Zhang & Sennrich 2019, arXiv 1910.07467; Qwen3RMSNorm in transformers
 */
export function rmsNorm(x: Tensor2D, weight: Tensor1D, eps: number): { y: Tensor2D; saved: SavedRmsNorm } {
  const [y, ...saved] = kernelOr<[Tensor2D, ...Kept]>("VhackRmsNorm", { x, weight }, { eps }, () => {
    const rstd: Tensor2D = tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), eps));
    const xHat: Tensor2D = tf.mul(x, rstd);
    return [tf.mul<Tensor2D>(xHat, weight), xHat, rstd];
  });
  return { y, saved };
}

/**
 * Activation gradient of {@link rmsNorm}; derivation in docs/backward/rms-norm.md.
 *
 *     y    = xHat * weight     =>  dXHat = dY * weight
 *     xHat = x * rstd(x)       =>  dX = beside + rstd * (dXHat - xHat * mean(dXHat * xHat))        [N, D]
 *
 * @param places  of the row that each row of dY passed as
 * @param beside  the gradient that reaches x past the norm, null where there is none
 */
export function rmsNormBackward(
  dY: Tensor2D,
  weight: Tensor1D,
  saved: SavedRmsNorm,
  places: Places,
  beside: Tensor2D | null,
): Tensor2D {
  const [xHat, rstd] = saved as Kept;
  const inputs = { dY, weight, xHat, rstd, ...placesInput(places), ...(beside === null ? {} : { beside }) };
  const [dX] = kernelOr<[Tensor2D]>("VhackRmsNormBackward", inputs, {}, () => {
    const [own, scale] = [rowsAt(xHat, places), rowsAt(rstd, places)];
    const dXHat: Tensor2D = tf.mul(dY, weight);
    const along = tf.mean(tf.mul(dXHat, own), 1, true);
    const through = tf.mul<Tensor2D>(scale, tf.sub(dXHat, tf.mul(own, along)));
    return [beside === null ? through : tf.add(beside, through)];
  });
  return dX;
}

/**
 * Weight gradient of {@link rmsNorm}, for training from scratch.
 *
 *     y = xHat * weight   =>   dWeight = sum_n dY * xHat        [D]
 */
export function rmsNormWeightGradient(dY: Tensor2D, saved: SavedRmsNorm): Tensor1D {
  const [xHat, rstd] = saved as Kept;
  const [dWeight] = kernelOr<[Tensor1D]>("VhackRmsNormWeightGradient", { dY, xHat, rstd }, {}, () => {
    const ones = tf.ones([1, dY.shape[0]]);
    return [tf.reshape(tf.matMul(ones, tf.mul(dY, xHat)), [dY.shape[1]])];
  });
  return dWeight;
}
