import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { orthonormalRows } from "../support/arbitraries.ts";
import { gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";

/** One module: its gradient, and directions in float32 (zero rows are no directions). */
export interface WorldModule {
  readonly g: readonly number[]; // [r]
  readonly V: readonly (readonly number[])[]; // [k][r]
}

/** Modules of unequal widths, as the device sees them once padded to [M, P] and [M, k, P]. */
export type World = readonly WorldModule[];

/**
 * Entries in [-1, 1] times a power of two per module. Entries are 0 or at least 2^-20, powers at least 2^-90, so that
 * everything stays in float32's normal range: below it a WebGPU driver may flush to zero, and no relative bound holds.
 */
const entry = fc.float({ min: -1, max: 1, noNaN: true }).map((x) => (Math.abs(x) < 2 ** -20 ? 0 : x));
const exponent = fc.integer({ min: -90, max: 90 });

const moduleOf = (k: number): fc.Arbitrary<WorldModule> =>
  fc.integer({ min: 1, max: 8 }).chain((r) =>
    fc
      .record({
        entries: fc.array(entry, { minLength: r, maxLength: r }),
        e: exponent,
        rows: orthonormalRows(Math.min(k, r), r),
        kept: fc.array(
          fc.boolean().map((drop) => !drop),
          { minLength: k, maxLength: k },
        ),
      })
      .map(({ entries, e, rows, kept }) => ({
        g: entries.map((x) => x * 2 ** e),
        V: Array.from({ length: k }, (_, i) =>
          Array.from({ length: r }, (_, j) =>
            i < rows.rows && (i === 0 || kept[i]) ? Math.fround(rows.data[i * r + j]!) : 0,
          ),
        ),
      })),
  );

/** Up to four modules, up to three directions; shrinks to one module of width 1. */
export const anyWorld: fc.Arbitrary<World> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }))
  .chain(([M, k]) => fc.array(moduleOf(k), { minLength: M, maxLength: M }));

export const anyOvershoot: fc.Arbitrary<number> = fc.constantFrom(1, 1.1, 0.5, 0, 2);

/** A world's tables on the device; the caller's tidy or dispose frees them. */
export function onDevice(world: World): { gradient: tf.Tensor2D; vHack: tf.Tensor3D; P: number } {
  const P = widest(world);
  return {
    gradient: tf.tensor2d(world.map(({ g }) => padded(g, P))),
    vHack: tf.tensor3d(world.map(({ V }) => V.map((row) => padded(row, P)))),
    P,
  };
}

export function widest(world: World): number {
  return Math.max(...world.map(({ g }) => g.length));
}

export function padded(values: readonly number[], P: number): number[] {
  return [...values, ...new Array<number>(P - values.length).fill(0)];
}

/**
 * Error bound of one entry, or one dot product, of a projection of this module in float32.
 *
 * c takes r products and sums, an amount two more products, removed k of them, the difference one; rows are orthonormal to r
 * roundings; what is removed is at most 2 overshoot |g| long per direction.
 */
export function projectionBound({ g, V }: WorldModule, overshoot: number): number {
  return gamma(2 * g.length + V.length + 8, unitRoundoff32) * (1 + 2 * overshoot * V.length) * norm(g);
}

/** Error bound of a cosine in float32: two dot products and a norm over r entries, k coefficients, and the divisions. */
export function cosineBound({ g, V }: WorldModule): number {
  return gamma(4 * g.length + 2 * V.length + 16, unitRoundoff32) * Math.sqrt(V.length);
}

/** A hand-made world for the teeth: c > 0 and c < 0 axes, an anti-aligned module, a zero one, a dropped row. */
export const toothWorld: World = [
  {
    g: [3, -2, 1, 0.5],
    V: [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
    ],
  },
  { g: [-1, 0.25], V: [[0.6, 0.8].map(Math.fround), [0, 0]] },
  {
    g: [0, 0, 0],
    V: [
      [0, 0, 1],
      [1, 0, 0],
    ],
  },
  {
    g: [2 ** -70, -(2 ** -71), 2 ** -72],
    V: [
      [0, 1, 0],
      [0, 0, 1],
    ],
  },
];
