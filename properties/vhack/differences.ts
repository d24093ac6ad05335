import fc from "fast-check";
import { knobLayout } from "../../src/adapter/knobTable.ts";
import { differencesOf, type Differences } from "../../src/vhack/differences.ts";

/** Zero, or large enough that products of two stay in the normal range: relative bounds hold. */
const entry = fc.double({ min: -10, max: 10, noNaN: true }).map((x) => (Math.abs(x) < 1e-100 ? 0 : x));

/** Pair differences of each module: [m][pair][j]. The table's padding is filled with `padding`. */
export function differencesFrom(modules: readonly (readonly (readonly number[])[])[], padding: number): Differences {
  const layout = knobLayout(modules.map((pairs, m) => ({ moduleName: `module.${m}`, width: pairs[0]!.length })));
  const nPairs = modules[0]!.length;
  const data = new Float64Array(nPairs * modules.length * layout.P).fill(padding);
  modules.forEach((pairs, m) => pairs.forEach((row, i) => data.set(row, (i * modules.length + m) * layout.P)));
  return differencesOf(nPairs, layout, data);
}

export type ModulePairs = readonly (readonly (readonly number[])[])[];

/** One to three modules of width 1 to 5, the same one to five pairs in each. */
export const anyModules: fc.Arbitrary<ModulePairs> = fc.integer({ min: 1, max: 5 }).chain((nPairs) =>
  fc.array(
    fc
      .integer({ min: 1, max: 5 })
      .chain((r) =>
        fc.array(fc.array(entry, { minLength: r, maxLength: r }), { minLength: nPairs, maxLength: nPairs }),
      ),
    { minLength: 1, maxLength: 3 },
  ),
);

export const negated = (modules: ModulePairs): number[][][] =>
  modules.map((pairs) => pairs.map((row) => row.map((x) => -x)));
export const reordered = (modules: ModulePairs): number[][][] =>
  modules.map((pairs) => pairs.map((row) => [...row]).reverse());

/** Hand-made, for mutants: unequal widths, a split vote, distinct singular values. */
export const toothModules: ModulePairs = [
  [
    [3, 1, 0.5],
    [2, -1, 0.25],
    [1, 4, -2],
    [-0.5, 1, 1],
  ],
  [
    [-1, 2],
    [-3, 0.5],
    [0.25, 1],
    [-2, -1],
  ],
];
