import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { kernelOr } from "../tensor/kernelOr.ts";
import { rmsNorm, rmsNormBackward, type SavedRmsNorm } from "./rmsNorm.ts";
import { rope, ropeBackward, type RopeTable } from "./rope.ts";
import { placesInput, rowsAt, tokenRowsAt, type Places } from "./rowsAt.ts";

/**
 * RMSNorm of every query's or key's head, then its rotation by the token's position.
 *
 *     y = rope(rmsNorm(x))        [N, H, Dh]
 *
 * @param x       [N, H, Dh]
 * @param weight  of the norm, [Dh]
 */
export function normedRope(
  x: Tensor3D,
  weight: Tensor1D,
  eps: number,
  table: RopeTable,
): { y: Tensor3D; saved: SavedRmsNorm } {
  const { cos, sin } = table;
  type Outputs = [Tensor3D, Tensor2D, Tensor2D];
  const [y, ...saved] = kernelOr<Outputs>("VhackNormedRope", { x, weight, cos, sin }, { eps }, () => {
    const normed = rmsNorm(headRows(x), weight, eps);
    return [rope(tf.reshape(normed.y, x.shape), table), ...(normed.saved as [Tensor2D, Tensor2D])];
  });
  return { y, saved };
}

/**
 * Gradient of {@link normedRope}: rope's, then rmsNorm's.
 *
 * @param dY      [N, H, Dh]
 * @param table   of the tokens that passed
 * @param places  of the token that each token of dY passed as
 */
export function normedRopeBackward(
  dY: Tensor3D,
  weight: Tensor1D,
  saved: SavedRmsNorm,
  table: RopeTable,
  places: Places,
): Tensor3D {
  const [xHat, rstd] = saved as [Tensor2D, Tensor2D];
  const { cos, sin } = table;
  const inputs = { dY, weight, xHat, rstd, cos, sin, ...placesInput(places) };
  const [dX] = kernelOr<[Tensor3D]>("VhackNormedRopeBackward", inputs, {}, () => {
    const dRows = normGradientOf(dY, table, places);
    const own = [xHat, rstd].map((kept) => tokenRowsAt(kept, places, cos.shape[0]));
    return [tf.reshape(rmsNormBackward(dRows, weight, own, null, null), dY.shape)];
  });
  return dX;
}

/** Gradient of the norm's output under {@link normedRope}, for training from scratch: rows of one head each, [N H, Dh]. */
export function normGradientOf(dY: Tensor3D, table: RopeTable, places: Places): Tensor2D {
  const own = { ...table, cos: rowsAt(table.cos, places), sin: rowsAt(table.sin, places) };
  return headRows(ropeBackward(dY, own));
}

/** [N, H, Dh] -> [N H, Dh] */
function headRows(x: Tensor3D): Tensor2D {
  return tf.reshape(x, [x.shape[0] * x.shape[1], x.shape[2]]);
}
