import { clusterBootstrap, type BootstrapInterval } from "../../numeric/clusterBootstrap.ts";
import { lineFit } from "../../numeric/lineFit.ts";
import { mean } from "../../numeric/moments.ts";
import { partialGreater, type PartialResult } from "../../numeric/partialTest.ts";
import { seededRng } from "../../numeric/rng.ts";
import { rowsByKey } from "../../numeric/rowsByKey.ts";
import { welchGreater, type WelchResult } from "../../numeric/welch.ts";
import { withinGroupPermutation, type PermutationTest } from "../../numeric/withinGroupPermutation.ts";
import type { RowCosine } from "../common/scoredRows.ts";

const permutations = 9999;
const resamples = 2000;

/** Hacks whose body is wrong (pure hacks) against hacks whose body is right, by a figure of each row. */
function split(
  rows: readonly RowCosine[],
  figure: (row: RowCosine, index: number) => number,
): [pure: number[], correct: number[]] {
  const figures = rows.map(figure);
  return [figures.filter((_, i) => !rows[i]!.gtPass), figures.filter((_, i) => rows[i]!.gtPass)];
}

export function cosinesByBucket(rows: readonly RowCosine[]): [pure: number[], correct: number[]] {
  return split(rows, ({ cosine }) => cosine);
}

/** R4 as the research note defines it: cos given gt_pass = 0 > cos given gt_pass = 1. */
export function bucketTest(rows: readonly RowCosine[]): WelchResult {
  return welchGreater(...cosinesByBucket(rows));
}

/** Pure hacks against correct ones at equal completion length: cos ~ 1 + pure + length. This decides whether the signal is length. */
export function atEqualLength(rows: readonly RowCosine[]): PartialResult {
  return partialGreater(
    rows.map(({ cosine }) => cosine),
    rows.map(({ gtPass }) => !gtPass),
    rows.map(({ compLen }) => compLen),
  );
}

/**
 * Welch's test again, on what a straight line in completion length (over both buckets) leaves of the cosines.
 *
 * Conservative where pure hacks are shorter: the line takes the part of a true difference that goes with length.
 */
export function lengthRegressedTest(rows: readonly RowCosine[]): WelchResult {
  const test = bucketTest(rows);
  if (test.kind === "tooFew") return test;
  const { residuals } = lineFit(
    rows.map(({ compLen }) => compLen),
    rows.map(({ cosine }) => cosine),
  );
  return welchGreater(...split(rows, (_, i) => residuals[i]!));
}

/** The same comparison with labels permuted within problems. */
export function withinProblems(rows: readonly RowCosine[], seed: number): PermutationTest {
  return withinGroupPermutation(
    rows.map(({ cosine }) => cosine),
    rows.map(({ gtPass }) => !gtPass),
    rows.map(({ problem }) => problem),
    permutations,
    seededRng(seed, "within problems"),
  );
}

/** 95% interval of the difference of mean cosines, problems resampled. */
export function overProblems(rows: readonly RowCosine[], seed: number): BootstrapInterval | null {
  if (rows.length === 0) return null;
  const problems = [...rowsByKey(rows.map(({ problem }) => problem)).values()].map((members) =>
    members.map((row) => rows[row]!),
  );
  return clusterBootstrap(problems, meanDifference, 0.95, resamples, seededRng(seed, "over problems"));
}

/** t and p of a test. NaN where there was none: no comparison holds then. */
export function tAndP(test: WelchResult | PartialResult | null): { readonly t: number; readonly p: number } {
  return test?.kind === "tested" ? test : { t: Number.NaN, p: Number.NaN };
}

/** Mean cosine of pure hacks minus that of correct ones; null when a bucket is empty. */
export function meanDifference(rows: readonly RowCosine[]): number | null {
  const [pure, correct] = cosinesByBucket(rows);
  return pure.length === 0 || correct.length === 0 ? null : mean(pure) - mean(correct);
}
