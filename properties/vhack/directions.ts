import fc from "fast-check";
import type { HackDirections } from "../../src/vhack/vHackFile.ts";
import { orthonormalRows } from "../support/arbitraries.ts";

/** Directions of a few modules as an extraction leaves them: unit rows in float32, s descending and positive. */
export function directionsOf(k: number, r: number): fc.Arbitrary<HackDirections> {
  return fc
    .tuple(
      orthonormalRows(k, r),
      fc.array(fc.double({ min: 1e-3, max: 10, noNaN: true }), { minLength: k, maxLength: k }),
    )
    .map(([{ data }, s]) => ({ v: Float32Array.from(data), s: Float64Array.from(s).sort().reverse(), k, r }));
}

const anyDirections = fc
  .integer({ min: 1, max: 6 })
  .chain((r) => fc.integer({ min: 1, max: Math.min(3, r) }).chain((k) => directionsOf(k, r)));

/** One to four modules of unequal width and rank. */
export const anyVHackModules: fc.Arbitrary<Map<string, HackDirections>> = fc
  .array(anyDirections, { minLength: 1, maxLength: 4 })
  .map((modules) => new Map(modules.map((directions, m) => [`model.layers.${m}.mlp.up_proj`, directions])));

/** The same with any of their rows zero, s as it was: what a noise floor leaves. */
export const sparseVHackModules: fc.Arbitrary<Map<string, HackDirections>> = anyVHackModules.chain((modules) =>
  fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }).map((drops) => {
    const isDropped = (m: number, i: number) => drops[3 * m + i]!; // at most four modules of three rows
    return new Map(
      [...modules].map(([name, directions], m) => [
        name,
        { ...directions, v: directions.v.map((x, at) => (isDropped(m, Math.floor(at / directions.r)) ? 0 : x)) },
      ]),
    );
  }),
);

/** Row i of a module. */
export function rowOf({ v, r }: HackDirections, i: number): number[] {
  return Array.from(v.subarray(i * r, (i + 1) * r));
}

export const isZero = (row: readonly number[]): boolean => row.every((value) => value === 0);

/** Hand-made, for mutants: two modules, one with a dropped row. */
export function toothModules(): Map<string, HackDirections> {
  return new Map([
    ["a", { v: Float32Array.of(1, 0, 0, 0, 0.6, 0.8), s: Float64Array.of(4, 1), k: 2, r: 3 }],
    ["b", { v: Float32Array.of(0, 1, 0, 0), s: Float64Array.of(3, 0.5), k: 2, r: 2 }],
  ]);
}

/** The same modules with something done to each. */
export function changed(
  modules: ReadonlyMap<string, HackDirections>,
  change: (directions: HackDirections) => Partial<HackDirections>,
): Map<string, HackDirections> {
  return new Map([...modules].map(([name, directions]) => [name, { ...directions, ...change(directions) }]));
}
