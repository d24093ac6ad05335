import { expect } from "vitest";
import type { BootstrapInterval } from "../../../src/numeric/clusterBootstrap.ts";
import type { PartialResult } from "../../../src/numeric/partialTest.ts";
import { seededRng } from "../../../src/numeric/rng.ts";
import type { WelchResult } from "../../../src/numeric/welch.ts";
import type { PermutationTest } from "../../../src/numeric/withinGroupPermutation.ts";
import type { RowCosine } from "../../../src/uat/common/scoredRows.ts";
import { bucketsOf, plainMean, plainPartial, plainRegressed } from "../../reference/plainTests.ts";
import {
  expectNear,
  expectWithin,
  gamma,
  goldenTolerance,
  hoeffding,
  unitRoundoff64,
} from "../../support/tolerance.ts";

type Welch = (rows: readonly RowCosine[]) => WelchResult;
type Permutation = (rows: readonly RowCosine[], seed: number) => PermutationTest;
type Bootstrap = (rows: readonly RowCosine[], seed: number) => BootstrapInterval | null;

/** What a law says of a row; the rest is of no concern to the buckets. */
export type Told = Pick<RowCosine, "gtPass" | "problem" | "cosine">;

export const scored = (told: Partial<RowCosine>): RowCosine => ({
  gtPass: false,
  compLen: 10,
  problem: 0,
  unit: null,
  recorded: null,
  cosine: 0,
  ...told,
});

/** Rows whose cosine rises with length; pure hacks are shorter, and lie higher by more than length explains. */
export function leaningOnLength(seed: number, count = 14): RowCosine[] {
  const rng = seededRng(seed, "buckets");
  return Array.from({ length: count }, (_, i) => {
    const compLen = (i % 2 === 0 ? 5 : 9) + rng.integer(8);
    return scored({
      gtPass: i % 2 === 1,
      compLen,
      problem: i % 4,
      cosine: 0.05 * compLen + (i % 2 === 0 ? 0.4 : 0) + 0.2 * rng.normal(),
    });
  });
}

/** The two means of at most n such values, each rounded n + 2 times, and their difference. */
const differenceBound = (n: number, largest: number) => 2 * gamma(n + 3, unitRoundoff64) * 2 * largest;

export const bucketLaws = {
  regressesLengthOut(test: Welch, rows: readonly RowCosine[]): void {
    const result = test(rows);
    expect(result.kind).toBe("tested");
    if (result.kind !== "tested") return;
    const plain = plainRegressed(rows);
    expectNear(result.t, plain.t, "t");
    expectWithin(result.df, plain.df, goldenTolerance.welchTAndDf * plain.df, "df");
  },

  countsWhatIsTooFew(test: Welch, pure: number, correct: number): void {
    const rows = Array.from({ length: pure + correct }, (_, i) => scored({ gtPass: i >= pure, cosine: i }));
    expect(test(rows)).toEqual({ kind: "tooFew", nA: pure, nB: correct });
  },

  comparesAtEqualLength(test: (rows: readonly RowCosine[]) => PartialResult, rows: readonly RowCosine[]): void {
    const result = test(rows);
    expect(result.kind).toBe("tested");
    if (result.kind !== "tested") return;
    const { t } = plainPartial(rows);
    expectNear(result.t, t, "t");
  },

  /** p is the share of all relabellings within problems whose sum of pure cosines is as large; cosines are whole numbers, so ties are exact. */
  permutesWithinProblems(test: Permutation, told: readonly Told[], seed: number): void {
    const problems = [...new Set(told.map(({ problem }) => problem))].map((problem) =>
      told.filter((row) => row.problem === problem),
    );
    let sums = [0];
    for (const rows of problems) {
      const pure = rows.filter(({ gtPass }) => !gtPass).length;
      const choices = Array.from({ length: 2 ** rows.length }, (_, mask) =>
        rows.filter((_row, i) => (mask >> i) & 1),
      ).filter(({ length }) => length === pure);
      sums = sums.flatMap((sum) => choices.map((chosen) => chosen.reduce((all, { cosine }) => all + cosine, sum)));
    }
    const observed = told.reduce((sum, { gtPass, cosine }) => sum + (gtPass ? 0 : cosine), 0);
    const { p, draws, informativeGroups } = test(told.map(scored), seed);
    expectWithin(
      p,
      sums.filter((sum) => sum >= observed).length / sums.length,
      hoeffding(draws, 1e-9) + 1 / draws,
      "p",
    );
    expect(informativeGroups).toBe(
      problems.filter((rows) => new Set(rows.map(({ gtPass }) => gtPass)).size === 2).length,
    );
  },

  /** Of two problems a resample holds one twice or both, each in a quarter of the draws or more: the 95% interval spans what these give. */
  resamplesProblems(interval: Bootstrap, first: readonly Told[], second: readonly Told[], seed: number): void {
    const [a, b] = [first.map((row) => ({ ...row, problem: "a" })), second.map((row) => ({ ...row, problem: "b" }))];
    const differences = [
      [...a, ...a],
      [...a, ...b],
      [...b, ...b],
    ].flatMap((rows) => {
      const [pure, correct] = bucketsOf(rows.map(scored));
      return pure.length === 0 || correct.length === 0 ? [] : [plainMean(pure) - plainMean(correct)];
    });
    const found = interval([...a, ...b].map(scored), seed);
    expect(found === null, "no interval where no resample has both kinds").toBe(differences.length === 0);
    if (found === null) return;
    const bound = differenceBound(
      2 * (a.length + b.length),
      Math.max(...[...a, ...b].map(({ cosine }) => Math.abs(cosine))),
    );
    expectWithin(found.low, Math.min(...differences), bound, "low");
    expectWithin(found.high, Math.max(...differences), bound, "high");
  },
};
