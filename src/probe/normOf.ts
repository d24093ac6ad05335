import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";

/** Euclidean norm over all entries of a table. */
export async function normOf(table: Tensor2D): Promise<number> {
  const norm = tf.tidy(() => tf.norm(table));
  const [value] = await norm.data();
  norm.dispose();
  return value!;
}
