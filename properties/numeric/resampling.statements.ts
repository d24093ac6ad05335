import { expect } from "vitest";
import { type Rng, seededRng } from "../../src/numeric/rng.ts";
import { hoeffding } from "../support/tolerance.ts";

type PermutationP = (
  values: readonly number[],
  labels: readonly boolean[],
  groups: readonly (number | string)[],
  draws: number,
  rng: Rng,
) => { readonly p: number };

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

/** Laws of a permutation test within groups, for the real one and for its mutants. */
export const permutationLaws = {
  /** P(p <= alpha) <= alpha under the null, and not far below: the test is exact. */
  isUniformUnderNull(permutationP: PermutationP): void {
    const found = Array.from({ length: trials }, (_, trial) => {
      const { values, labels, groups } = nullRows(trial);
      return permutationP(values, labels, groups, 99, seededRng(11, "permutations", trial)).p;
    });
    for (const alpha of [0.05, 0.25, 0.5, 0.75]) {
      const share = found.filter((p) => p <= alpha).length / trials;
      const slack = hoeffding(trials, failure);
      expect(Math.abs(share - alpha), `share of p <= ${alpha} is ${share}`).toBeLessThanOrEqual(slack);
    }
  },

  findsPlantedEffect(permutationP: PermutationP, trial: number): void {
    const { values, labels, groups } = nullRows(trial);
    const lifted = values.map((value, row) => (labels[row] ? value + 10 : value));
    expect(permutationP(lifted, labels, groups, 199, seededRng(1)).p).toBeLessThanOrEqual(0.01);
    const lowered = values.map((value, row) => (labels[row] ? value - 10 : value));
    expect(permutationP(lowered, labels, groups, 199, seededRng(1)).p).toBeGreaterThan(0.5);
  },

  neverZero(permutationP: PermutationP): void {
    const p = permutationP(
      [9, 0, 9, 0, 9, 0, 9, 0],
      [true, false, true, false, true, false, true, false],
      [1, 1, 2, 2, 3, 3, 4, 4],
      9,
      seededRng(2),
    ).p;
    expect(p).toBeGreaterThanOrEqual(1 / 10);
  },

  countsTiesAgainst(permutationP: PermutationP): void {
    const values = [0.1 + 0.2, 0.3, 0.3, 0.3];
    expect(permutationP(values, [true, false, true, false], ["a", "a", "a", "a"], 49, seededRng(2)).p).toBe(1);
  },
};
