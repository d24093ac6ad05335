import * as tf from "@tensorflow/tfjs-core";
import { ShapeError } from "../errors.ts";
import { rowNorms, zeroAsOne } from "./rowNorms.ts";

/**
 * One unit direction per module: the sum of its rows, normalised.
 *
 *     v[m] = sum_i vHack[m, i] / |sum_i vHack[m, i]|        [M, P]
 *
 * For k orthonormal rows this is sum_i v_i / sqrt(k). A module whose rows are all zero keeps the zero direction. v is a
 * constant of a run: compute it once.
 *
 * @param vHack  [M, k, P]
 */
export function unitDirections(vHack: tf.Tensor3D): tf.Tensor2D {
  const [M, k, P] = vHack.shape;
  return tf.tidy(() => {
    const sum = tf.reshape(tf.matMul(tf.ones([M, 1, k]), vHack), [M, P]) as tf.Tensor2D;
    return tf.div(sum, zeroAsOne(rowNorms(sum)));
  });
}

/**
 * Coordinates of every module's gradient along its hack directions.
 *
 *     c[m, i] = sum_j vHack[m, i, j] gradient[m, j]        [M, k]
 *
 * c > 0 pushes hack-ward. As a product per module: einsum is missing on wasm.
 *
 * @param gradient  [M, P]
 * @param vHack     [M, k, P]
 */
export function hackCoefs(gradient: tf.Tensor2D, vHack: tf.Tensor3D): tf.Tensor2D {
  const [M, k, P] = vHack.shape;
  return tf.tidy(() => tf.reshape(tf.matMul(vHack, tf.reshape(gradient, [M, P, 1])), [M, k]));
}

/**
 * Refuse directions of other modules or of another width than the table of gradients, knobs or updates they are used on.
 *
 * @param table       [M, P], or [B, M, P] with one gradient per sample
 * @param directions  v_hack's rows [M, k, P], or its unit directions [M, P]
 * @throws ShapeError  M or P differ
 */
export function expectDirectionsFit(where: string, table: tf.Tensor, directions: tf.Tensor): void {
  const [M, P] = table.shape.slice(-2);
  if (directions.shape[0] !== M || directions.shape.at(-1) !== P)
    throw new ShapeError(
      `${where}: expected v_hack of ${M} modules, each ${P} wide, for a table [${table.shape}], got [${directions.shape}]`,
    );
}
