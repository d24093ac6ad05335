import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRng } from "../../src/numeric/rng.ts";
import { withinGroupPermutation } from "../../src/numeric/withinGroupPermutation.ts";
import { moderate, runSeed } from "../support/arbitraries.ts";
import { permutationLaws } from "./resampling.statements.ts";

const row = fc.tuple(moderate, fc.boolean(), fc.integer({ min: 0, max: 3 }));
const rows = fc.array(row, { minLength: 1, maxLength: 16 });

describe("withinGroupPermutation", () => {
  // ELSE "rollouts of one problem share a prompt" is not accounted for, and R4's second line repeats its first
  it("is uniform under the null: P(p <= alpha) = alpha, though problems and their label shares differ", () =>
    permutationLaws.isUniformUnderNull(withinGroupPermutation));

  it("finds a planted effect: labelled + 10 -> p <= 0.01, labelled - 10 -> p > 0.5", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), (trial) =>
        permutationLaws.findsPlantedEffect(withinGroupPermutation, trial),
      ),
      { numRuns: 10 },
    );
  });

  it("bounds p: p >= 1 / (1 + draws)", () => permutationLaws.neverZero(withinGroupPermutation));

  it("counts ties up to rounding against the claim: equal values -> p = 1", () =>
    permutationLaws.countsTiesAgainst(withinGroupPermutation));

  it("is invariant to each group's level: p(x + level of group) = p(x)", () => {
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.integer({ min: -64, max: 64 }), { minLength: 4, maxLength: 4 }),
        runSeed,
        (drawn, levels, seed) => {
          const test = (values: number[]) =>
            withinGroupPermutation(
              values,
              drawn.map(([, label]) => label),
              drawn.map(([, , group]) => group),
              29,
              seededRng(seed),
            ).p;
          const integers = drawn.map(([value]) => Math.round(value));
          expect(test(integers.map((value, i) => value + levels[drawn[i]![2]]!))).toBe(test(integers));
        },
      ),
    );
  });

  it("reports p = 1 where no group holds both labels", () => {
    const result = withinGroupPermutation(
      [1, 2, 3, 4],
      [true, true, false, false],
      ["a", "a", "b", "b"],
      19,
      seededRng(1),
    );
    expect(result).toEqual({ p: 1, draws: 19, informativeGroups: 0 });
  });

  it("rejects lists of different length -> ShapeError", () => {
    expect(() => withinGroupPermutation([1], [true, false], [1], 9, seededRng(1))).toThrow(/lists of one length/);
  });
});
