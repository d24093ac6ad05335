import fc from "fast-check";
import { expect } from "vitest";
import { seededRng } from "../../src/numeric/rng.ts";
import { withinGroupPermutation } from "../../src/numeric/withinGroupPermutation.ts";
import { anyExponent, inUnit, moderate, runSeed } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { hoeffding } from "../support/tolerance.ts";

type Test = typeof withinGroupPermutation;

const trials = 400;
const failure = 1e-9;

/** Rows of 8 problems x 6 rollouts: problems differ wildly, also in how many rows are labelled; labels mean nothing. */
function nullRows(trial: number) {
  const rng = seededRng(11, "null rows", trial);
  const values: number[] = [];
  const labels: boolean[] = [];
  const groups: number[] = [];
  for (let group = 0; group < 8; group++) {
    const level = 20 * rng.normal();
    // problems with high values have more labelled rows: a permutation across problems would call this an effect
    const share = level > 0 ? 0.8 : 0.2;
    for (let row = 0; row < 6; row++) {
      values.push(level + rng.normal());
      labels.push(rng.uniform() < share);
      groups.push(group);
    }
  }
  return { values, labels, groups };
}

const anyRow = fc.tuple(moderate, fc.boolean(), fc.integer({ min: 0, max: 3 }));
const anyRows = fc.array(anyRow, { minLength: 1, maxLength: 16 });
const anyLevels = fc.array(fc.integer({ min: -64, max: 64 }), { minLength: 4, maxLength: 4 });

const negative = (values: readonly number[]) => values.map((value) => -value);
const acrossGroups: Test = (values, labels, groups, draws, rng) =>
  withinGroupPermutation(
    values,
    labels,
    groups.map(() => "one"),
    draws,
    rng,
  );
const negated: Test = (values, ...rest) => withinGroupPermutation(negative(values), ...rest);
/** The real test with something done to its p. */
const changed =
  (change: (p: number, draws: number) => number, test: Test = withinGroupPermutation): Test =>
  (values, labels, groups, draws, rng) => {
    const result = test(values, labels, groups, draws, rng);
    return { ...result, p: change(result.p, draws) };
  };
const twoSided = changed((p) => 2 * Math.min(p, 1 - p));
const withoutTheReal = changed((p, draws) => (p * (1 + draws) - 1) / draws);
const strictlyAbove = changed((p, draws) => 1 + 1 / draws - p, negated);
const shortened: Test = (values, labels, groups, draws, rng) =>
  withinGroupPermutation(values, labels.slice(0, values.length), groups, draws, rng);

lawsOf<Test>("withinGroupPermutation", withinGroupPermutation, (law) => {
  law("is uniform under the null: P(p <= alpha) = alpha, though problems and their label shares differ", {
    else: '"rollouts of one problem share a prompt" is not accounted for, and R4\'s second line repeats its first',
    for: [],
    holds: (test) => {
      const found = Array.from({ length: trials }, (_, trial) => {
        const { values, labels, groups } = nullRows(trial);
        return test(values, labels, groups, 99, seededRng(11, "permutations", trial)).p;
      });
      for (const alpha of [0.05, 0.25, 0.5, 0.75]) {
        const share = found.filter((p) => p <= alpha).length / trials;
        const slack = hoeffding(trials, failure);
        expect(Math.abs(share - alpha), `share of p <= ${alpha} is ${share}`).toBeLessThanOrEqual(slack);
      }
    },
    rejects: { "permuting across problems": [acrossGroups] },
  });

  law("finds a planted effect: labelled + 10 -> p <= 0.01, labelled - 10 -> p > 0.5", {
    for: [fc.integer({ min: 0, max: 20 })],
    holds: (test, trial) => {
      const { values, labels, groups } = nullRows(trial);
      const lifted = values.map((value, row) => (labels[row] ? value + 10 : value));
      expect(test(lifted, labels, groups, 199, seededRng(1)).p).toBeLessThanOrEqual(0.01);
      const lowered = values.map((value, row) => (labels[row] ? value - 10 : value));
      expect(test(lowered, labels, groups, 199, seededRng(1)).p).toBeGreaterThan(0.5);
    },
    numRuns: 10,
    rejects: { "the other side": [negated, 1], "two sides": [twoSided, 1] },
  });

  law("bounds p: p >= 1 / (1 + draws)", {
    for: [],
    holds: (test) => {
      const values = [9, 0, 9, 0, 9, 0, 9, 0];
      const labels = values.map((value) => value > 0);
      const { p } = test(values, labels, [1, 1, 2, 2, 3, 3, 4, 4], 9, seededRng(2));
      expect(p).toBeGreaterThanOrEqual(1 / 10);
    },
    rejects: { "a p of zero": [withoutTheReal] },
  });

  law("counts ties up to rounding against the claim: equal values -> p = 1", {
    for: [],
    holds: (test) => {
      const values = [0.1 + 0.2, 0.3, 0.3, 0.3];
      expect(test(values, [true, false, true, false], ["a", "a", "a", "a"], 49, seededRng(2)).p).toBe(1);
    },
    rejects: { "ties counted for the claim": [strictlyAbove] },
  });

  law("is invariant to each group's level: p(x + level of group) = p(x)", {
    for: [anyRows, anyLevels, runSeed],
    holds: (test, drawn, levels, seed) => {
      const labels = drawn.map(([, label]) => label);
      const groups = drawn.map(([, , group]) => group);
      const pOf = (values: number[]) => test(values, labels, groups, 29, seededRng(seed)).p;
      const integers = drawn.map(([value]) => Math.round(value));
      expect(pOf(integers.map((value, i) => value + levels[groups[i]!]!))).toBe(pOf(integers));
    },
    rejects: {
      "permuting across problems": [
        acrossGroups,
        [
          [1, true, 0],
          [2, true, 0],
          [3, true, 0],
          [4, false, 0],
          [3, false, 1],
          [2, false, 1],
          [4, false, 1],
          [1, true, 1],
        ],
        [-64, 64, 0, 0],
        1,
      ],
    },
  });

  law("knows no unit: p(2^k x) = p(x), for k of -900 to 900", {
    for: [anyRows, anyExponent, runSeed],
    holds: (test, drawn, k, seed) => {
      const labels = drawn.map(([, label]) => label);
      const groups = drawn.map(([, , group]) => group);
      const integers = drawn.map(([value]) => Math.round(value));
      const pOf = (values: number[]) => test(values, labels, groups, 29, seededRng(seed)).p;
      expect(pOf(inUnit(integers, k))).toBe(pOf(integers));
    },
    rejects: {
      "ties in absolute units": [
        (values, ...rest) =>
          withinGroupPermutation(
            values.map((value) => Math.round(value * 1e9)),
            ...rest,
          ),
        [
          [9, true, 0],
          [0, false, 0],
          [9, true, 0],
          [0, false, 0],
        ],
        -600,
        1,
      ],
    },
  });

  law("answers p = 1 where no group holds both labels", {
    for: [],
    holds: (test) =>
      expect(test([1, 2, 3, 4], [true, true, false, false], ["a", "a", "b", "b"], 19, seededRng(1))).toEqual({
        p: 1,
        draws: 19,
        informativeGroups: 0,
      }),
    rejects: { "permuting across problems": [acrossGroups] },
  });

  law("rejects lists of different length -> ShapeError", {
    for: [],
    holds: (test) => expect(() => test([1], [true, false], [1], 9, seededRng(1))).toThrow(/lists of one length/),
    rejects: { "labels that are cut": [shortened] },
  });
});
