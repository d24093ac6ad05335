import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import type { appendToCache, LayerCache } from "../../src/decoder/kvCache.ts";

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

const size = fc.integer({ min: 1, max: 4 });

/** Up to as many tokens as there are places, each row's at places of its own. */
export const anyArrivals: fc.Arbitrary<Arrivals> = fc.record({ B: size, H: size, Dh: size, C: size }).chain((shape) =>
  fc
    .array(fc.uniqueArray(fc.integer({ min: 0, max: shape.C - 1 }), { minLength: shape.C, maxLength: shape.C }), {
      minLength: shape.B,
      maxLength: shape.B,
    })
    .chain((orders) =>
      fc
        .array(fc.array(fc.boolean(), { minLength: shape.B, maxLength: shape.B }), { maxLength: shape.C })
        .map((tokens) => ({
          ...shape,
          places: tokens.map((written, token) => written.map((isWritten, b) => (isWritten ? orders[b]![token]! : -1))),
        })),
    ),
);

/**
 * Every value is where its row, head, entry and place put it, and nothing else is written; products read it there after
 * every token (a kernel may keep a copy of an operand that it met before); old caches are freed.
 */
export async function expectWritten(append: Append, { B, H, Dh, C, places }: Arrivals): Promise<void> {
  const before = tf.memory().numTensors;
  const wanted = { kT: new Float32Array(B * H * Dh * C), v: new Float32Array(B * H * C * Dh) };
  let cache: LayerCache = { kT: tf.zeros<tf.Rank.R4>([B, H, Dh, C]), v: tf.zeros<tf.Rank.R4>([B, H, C, Dh]) };
  for (const [token, ofRow] of places.entries()) {
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
    const products = tf.tidy(() => [
      tf.matMul(tf.ones([B, H, 1, Dh]), cache.kT),
      tf.matMul(tf.ones([B, H, 1, C]), cache.v),
    ]);
    const read = await Promise.all(products.map((sums) => sums.data()));
    tf.dispose(products);
    expect(read).toEqual([sumsOfRows(wanted.kT, Dh, C), sumsOfRows(wanted.v, C, Dh)]);
  }
  const found = await Promise.all([cache.kT, cache.v].map((held: Tensor4D) => held.data()));
  tf.dispose(cache);
  expect(tf.memory().numTensors).toBe(before);
  expect(found).toEqual([wanted.kT, wanted.v]);
}

/** Numbers that name their place and their tensor. */
function named(count: number, tensor: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => tensor * 1000 + i);
}

/** Sums over the rows of matrices that lie end to end: whole numbers, exact in float32. */
function sumsOfRows(matrices: Float32Array, rows: number, cols: number): Float32Array {
  const sums = new Float32Array(matrices.length / rows);
  matrices.forEach((value, i) => (sums[Math.floor(i / (rows * cols)) * cols + (i % cols)]! += value));
  return sums;
}
