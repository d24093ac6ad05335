import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";

/** Where each of the samples' tokens passed, int32, [N]; null where no token is shared. */
export type Places = Tensor1D | null;

/**
 * Rows of a tensor of packed tokens, for samples that share some of them: y[n] = x[places[n]].
 *
 * @param x  [Np, ...]; with N = Np no token is shared, and x itself is the answer
 */
export function rowsAt<T extends Tensor>(x: T, places: Places): T {
  return places === null || x.shape[0] === places.size ? x : tf.gather(x, places);
}

/** The same, of a tensor that has as many rows for each of the Np tokens: [Np H, D] -> [N H, D]. */
export function tokenRowsAt(x: Tensor2D, places: Places, Np: number): Tensor2D {
  if (places === null || Np === places.size) return x;
  const [rows, width] = x.shape;
  return tf.reshape(tf.gather(tf.reshape(x, [Np, x.size / Np]), places), [(rows / Np) * places.size, width]);
}

/** `places` as an input of a kernel, which takes it only where tokens are shared. */
export function placesInput(places: Places): { places?: Tensor1D } {
  return places === null ? {} : { places };
}
