import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { kernelOr } from "../tensor/kernelOr.ts";

/** Keys and values of one layer, each row's own tokens first, zeros after them. */
export type LayerCache = {
  /** [B, Hkv, Dh, C]: keys transposed, so that scores need no transposing */
  readonly kT: Tensor4D;
  /** [B, Hkv, C, Dh] */
  readonly v: Tensor4D;
};

/**
 * The caches of a batch of rows that share prompts.
 *
 * Rows are padded on the right: a row's keys sit at 0 .. length - 1 whatever its neighbours are, so its sums run in the same
 * order in any batch.
 *
 * @param prompts   keys and values of each distinct prompt, [Hkv, Tp, Dh]
 * @param promptOf  which prompt each row has, [B]
 */
export function startCache(
  prompts: readonly { k: Tensor3D; v: Tensor3D }[],
  promptOf: Tensor1D,
  capacity: number,
): LayerCache {
  return tf.tidy(() => {
    const padded = (x: Tensor3D): Tensor3D =>
      tf.pad(x, [
        [0, 0],
        [0, capacity - x.shape[1]],
        [0, 0],
      ]);
    const k = tf.stack(prompts.map((prompt) => padded(prompt.k)));
    const v = tf.stack(prompts.map((prompt) => padded(prompt.v)));
    return {
      kT: tf.gather(tf.transpose(k, [0, 1, 3, 2]), promptOf) as Tensor4D,
      v: tf.gather(v, promptOf) as Tensor4D,
    };
  });
}

/**
 * Write one token's key and value into each row's next slot; the old cache is freed.
 *
 * @param k     [B, Hkv, Dh]
 * @param v     [B, Hkv, Dh]
 * @param slot  1 at each row's next free position, 0 elsewhere, [B, C]
 */
export function appendToCache(cache: LayerCache, k: Tensor3D, v: Tensor3D, slot: Tensor2D): LayerCache {
  const next = { kT: written(cache.kT, k, slot, 3), v: written(cache.v, v, slot, 2) };
  tf.dispose(cache);
  return next;
}

/** In place where the backend has a kernel for it; the slots hold zeros, so elsewhere adding is writing. */
function written(cache: Tensor4D, value: Tensor3D, slot: Tensor2D, slotAxis: 2 | 3): Tensor4D {
  const [next] = kernelOr<[Tensor4D]>("VhackWriteSlot", { cache, value, slot }, { slotAxis }, () => {
    const vectors: Tensor4D = tf.expandDims(value, slotAxis);
    // the slot's axis, and a 1 for the other of the last two
    const places: Tensor4D = tf.expandDims(tf.expandDims(slot, 1), 5 - slotAxis);
    return [tf.add<Tensor4D>(cache, tf.mul(vectors, places))];
  });
  return next;
}

/** Room for `more` further tokens; the old cache is freed. */
export function growCache(cache: LayerCache, more: number): LayerCache {
  const next = {
    kT: tf.pad(cache.kT, [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, more],
    ]),
    v: tf.pad(cache.v, [
      [0, 0],
      [0, 0],
      [0, more],
      [0, 0],
    ]),
  };
  tf.dispose(cache);
  return next;
}

/** Only the given rows; the old cache is freed. */
export function keepCacheRows(cache: LayerCache, rows: Tensor1D): LayerCache {
  const next = { kT: tf.gather(cache.kT, rows), v: tf.gather(cache.v, rows) };
  tf.dispose(cache);
  return next;
}
