import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import type { Saved } from "./saved.ts";

/**
 * Rows of a tensor of packed tokens, for samples that share some of them: y[n] = x[places[n]].
 *
 * @param x       [Np, ...]
 * @param places  int32, [N]; with N = Np no token is shared, and x itself is the answer
 */
export function rowsAt<T extends Tensor>(x: T, places: Tensor1D): T {
  return x.shape[0] === places.size ? x : tf.gather(x, places);
}

/**
 * What a layer kept of packed tokens, for samples that share some of them.
 *
 * Only for layers that work token by token: every tensor that they keep has a row per token, or H per token.
 *
 * @param Np  packed tokens
 */
export function savedAt<Layer extends string>(saved: Saved<Layer>, places: Tensor1D, Np: number): Saved<Layer> {
  if (Np === places.size) return saved;
  return (saved as Tensor[]).map((kept) => {
    const [rows, ...rest] = kept.shape as [number, ...number[]];
    const perToken = tf.gather(tf.reshape(kept, [Np, kept.size / Np]), places);
    return tf.reshape(perToken, [(rows / Np) * places.size, ...rest]);
  });
}
