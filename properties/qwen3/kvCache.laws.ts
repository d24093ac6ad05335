import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { appendToCache, LayerCache } from "../../src/qwen3/kvCache.ts";

export type Append = typeof appendToCache;

/** Tokens that arrive one after another in caches of C places; a place of -1 is a row whose token goes nowhere. */
export interface Arrivals {
  readonly B: number;
  readonly H: number;
  readonly Dh: number;
  readonly C: number;
  /** of each token, a place per row, [tokens][B] */
  readonly places: readonly (readonly number[])[];
}

export const kvCacheLaws = {
  /** Every value stands where its row, head, entry and place say, and nothing else is written; old caches are freed. */
  async writesWhereToldTo(append: Append, { B, H, Dh, C, places }: Arrivals): Promise<void> {
    const before = tf.memory().numTensors;
    const wanted = { kT: new Float32Array(B * H * Dh * C), v: new Float32Array(B * H * C * Dh) };
    let cache: LayerCache = { kT: tf.zeros<tf.Rank.R4>([B, H, Dh, C]), v: tf.zeros<tf.Rank.R4>([B, H, C, Dh]) };
    places.forEach((ofRow, token) => {
      const [k, v] = [named(B * H * Dh, 2 * token + 1), named(B * H * Dh, 2 * token + 2)];
      const slots = new Float32Array(B * C);
      ofRow.forEach((place, b) => {
        if (place < 0) return;
        slots[b * C + place] = 1;
        for (let h = 0; h < H; h++)
          for (let d = 0; d < Dh; d++) {
            const [from, head] = [(b * H + h) * Dh + d, b * H + h];
            wanted.kT[(head * Dh + d) * C + place] = k[from]!;
            wanted.v[(head * C + place) * Dh + d] = v[from]!;
          }
      });
      const given = [tf.tensor3d(k, [B, H, Dh]), tf.tensor3d(v, [B, H, Dh]), tf.tensor2d(slots, [B, C])] as const;
      cache = append(cache, ...given);
      tf.dispose([...given]);
    });
    const found = await Promise.all([cache.kT, cache.v].map((held: Tensor4D) => held.data()));
    tf.dispose(cache);
    expect(tf.memory().numTensors).toBe(before);
    expect(found).toEqual([wanted.kT, wanted.v]);
  },
};

/** Numbers that name their place and their tensor. */
function named(count: number, tensor: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => tensor * 1000 + i);
}
