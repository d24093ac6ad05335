import { expect } from "vitest";
import type { BootstrapInterval } from "../../src/numeric/clusterBootstrap.ts";
import type { PartialResult } from "../../src/numeric/partialTest.ts";
import { studentTail } from "../../src/numeric/studentTail.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import type { WelchResult } from "../../src/numeric/welch.ts";
import type { PermutationTest } from "../../src/numeric/withinGroupPermutation.ts";
import type { ScoredRow } from "../../src/uat/scoredRows.ts";
import { expectWithin, gamma, goldenTolerance, hoeffding, unitRoundoff64 } from "../support/tolerance.ts";

type Welch = (rows: readonly ScoredRow[]) => WelchResult;
type Permutation = (rows: readonly ScoredRow[], seed: number) => PermutationTest;
type Bootstrap = (rows: readonly ScoredRow[], seed: number) => BootstrapInterval | null;

/** What a law says of a row; the rest is of no concern to the buckets. */
export type Told = Pick<ScoredRow, "gtPass" | "problem" | "cosine">;

export const scored = (told: Partial<ScoredRow>): ScoredRow => ({ gtPass: false, compLen: 10, problem: 0, unit: null, recorded: null, cosine: 0, ...told });

/** Rows whose cosine rises with length; pure hacks are shorter, and lie higher by more than length explains. */
export function leaningOnLength(seed: number, count = 14): ScoredRow[] {
  const rng = seededRng(seed, "buckets");
  return Array.from({ length: count }, (_, i) => {
    const compLen = (i % 2 === 0 ? 5 : 9) + rng.integer(8);
    return scored({ gtPass: i % 2 === 1, compLen, problem: i % 4, cosine: 0.05 * compLen + (i % 2 === 0 ? 0.4 : 0) + 0.2 * rng.normal() });
  });
}

export const plainMean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
export const plainVariance = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + (value - plainMean(values)) ** 2, 0) / (values.length - 1);

/** Welch's t as the textbook writes it: NaN and infinite where nothing varies. */
export const plainT = (pure: readonly number[], correct: readonly number[]) =>
  (plainMean(pure) - plainMean(correct)) / Math.sqrt(plainVariance(pure) / pure.length + plainVariance(correct) / correct.length);

/** The same with its degrees of freedom, and what the t distribution says of them. */
export function plainWelch(pure: readonly number[], correct: readonly number[]) {
  const t = plainT(pure, correct);
  const [q1, q0] = [plainVariance(pure) / pure.length, plainVariance(correct) / correct.length];
  const df = (q1 + q0) ** 2 / (q1 ** 2 / (pure.length - 1) + q0 ** 2 / (correct.length - 1));
  return { t, df, p: studentTail(t, df) };
}

export const bucketsOf = (rows: readonly ScoredRow[], values = rows.map(({ cosine }) => cosine)) =>
  [false, true].map((gtPass) => values.filter((_, i) => rows[i]!.gtPass === gtPass)) as [pure: number[], correct: number[]];

const crossed = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + (value - plainMean(x)) * (y[i]! - plainMean(y)), 0);

/** Welch on what the least-squares line in length leaves. */
export function plainRegressed(rows: readonly ScoredRow[]) {
  const [x, y] = [rows.map(({ compLen }) => compLen), rows.map(({ cosine }) => cosine)];
  const slope = crossed(x, y) / crossed(x, x);
  return plainWelch(...bucketsOf(rows, y.map((value, i) => value - plainMean(y) - slope * (x[i]! - plainMean(x)))));
}

/** t of the partial correlation of cosine and bucket given length, from the three plain correlations. */
export function plainPartial(rows: readonly ScoredRow[]) {
  const [x, y, d] = [rows.map(({ compLen }) => compLen), rows.map(({ cosine }) => cosine), rows.map(({ gtPass }) => (gtPass ? 0 : 1))];
  const correlation = (a: readonly number[], b: readonly number[]) => crossed(a, b) / Math.sqrt(crossed(a, a) * crossed(b, b));
  const [yd, yx, dx] = [correlation(y, d), correlation(y, x), correlation(d, x)];
  const partial = (yd - yx * dx) / Math.sqrt((1 - yx ** 2) * (1 - dx ** 2));
  const t = partial * Math.sqrt((rows.length - 3) / (1 - partial ** 2));
  return { t, p: studentTail(t, rows.length - 3) };
}

/** The two means of at most n such values, each rounded n + 2 times, and their difference. */
const differenceBound = (n: number, largest: number) => 2 * gamma(n + 3, unitRoundoff64) * 2 * largest;

export const bucketLaws = {
  regressesLengthOut(test: Welch, rows: readonly ScoredRow[]): void {
    const result = test(rows);
    expect(result.kind).toBe("tested");
    if (result.kind !== "tested") return;
    const plain = plainRegressed(rows);
    expectWithin(result.t, plain.t, goldenTolerance.welchTAndDf * (1 + Math.abs(plain.t)), "t");
    expectWithin(result.df, plain.df, goldenTolerance.welchTAndDf * plain.df, "df");
  },

  countsWhatIsTooFew(test: Welch, pure: number, correct: number): void {
    const rows = Array.from({ length: pure + correct }, (_, i) => scored({ gtPass: i >= pure, cosine: i }));
    expect(test(rows)).toEqual({ kind: "tooFew", nA: pure, nB: correct });
  },

  comparesAtEqualLength(test: (rows: readonly ScoredRow[]) => PartialResult, rows: readonly ScoredRow[]): void {
    const result = test(rows);
    expect(result.kind).toBe("tested");
    if (result.kind !== "tested") return;
    const { t } = plainPartial(rows);
    expectWithin(result.t, t, goldenTolerance.welchTAndDf * (1 + Math.abs(t)), "t");
  },

  /** p is the share of all relabellings within problems whose sum of pure cosines is as large; cosines are whole numbers, so ties are exact. */
  permutesWithinProblems(test: Permutation, told: readonly Told[], seed: number): void {
    const problems = [...new Set(told.map(({ problem }) => problem))].map((problem) => told.filter((row) => row.problem === problem));
    let sums = [0];
    for (const rows of problems) {
      const pure = rows.filter(({ gtPass }) => !gtPass).length;
      const choices = Array.from({ length: 2 ** rows.length }, (_, mask) => rows.filter((_row, i) => (mask >> i) & 1)).filter(({ length }) => length === pure);
      sums = sums.flatMap((sum) => choices.map((chosen) => chosen.reduce((all, { cosine }) => all + cosine, sum)));
    }
    const observed = told.reduce((sum, { gtPass, cosine }) => sum + (gtPass ? 0 : cosine), 0);
    const { p, draws, informativeGroups } = test(told.map(scored), seed);
    expectWithin(p, sums.filter((sum) => sum >= observed).length / sums.length, hoeffding(draws, 1e-9) + 1 / draws, "p");
    expect(informativeGroups).toBe(problems.filter((rows) => new Set(rows.map(({ gtPass }) => gtPass)).size === 2).length);
  },

  /** Of two problems a resample holds one twice or both, each in a quarter of the draws or more: the 95% interval spans what these give. */
  resamplesProblems(interval: Bootstrap, first: readonly Told[], second: readonly Told[], seed: number): void {
    const [a, b] = [first.map((row) => ({ ...row, problem: "a" })), second.map((row) => ({ ...row, problem: "b" }))];
    const differences = [[...a, ...a], [...a, ...b], [...b, ...b]].flatMap((rows) => {
      const [pure, correct] = bucketsOf(rows.map(scored));
      return pure.length === 0 || correct.length === 0 ? [] : [plainMean(pure) - plainMean(correct)];
    });
    const found = interval([...a, ...b].map(scored), seed);
    expect(found === null, "no interval where no resample has both kinds").toBe(differences.length === 0);
    if (found === null) return;
    const bound = differenceBound(2 * (a.length + b.length), Math.max(...[...a, ...b].map(({ cosine }) => Math.abs(cosine))));
    expectWithin(found.low, Math.min(...differences), bound, "low");
    expectWithin(found.high, Math.max(...differences), bound, "high");
  },
};
