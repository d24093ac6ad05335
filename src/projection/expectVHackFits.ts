import type * as tf from "@tensorflow/tfjs-core";
import { ShapeError } from "../errors.ts";

/**
 * Hold a table of gradients (or knobs, or updates) against a table of directions.
 *
 * @param table  [M, P], or [B, M, P] with one gradient per sample
 * @param vHack  [M, k, P]
 * @throws ShapeError  M or P differ
 */
export function expectVHackFits(where: string, table: tf.Tensor, vHack: tf.Tensor3D): void {
  const [M, P] = table.shape.slice(-2);
  const [vM, , vP] = vHack.shape;
  if (vM !== M || vP !== P)
    throw new ShapeError(
      `${where}: expected v_hack [${M}, k, ${P}] for a table [${table.shape}], got [${vHack.shape}]`,
    );
}
