import { studentTail } from "../../src/numeric/studentTail.ts";
import type { RowCosine } from "../../src/uat/common/scoredRows.ts";

export const plainMean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Over n - 1. */
export const plainVariance = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + (value - plainMean(values)) ** 2, 0) / (values.length - 1);

/** Welch's t as the textbook writes it: NaN and infinite where nothing varies. */
export const plainT = (pure: readonly number[], correct: readonly number[]) =>
  (plainMean(pure) - plainMean(correct)) /
  Math.sqrt(plainVariance(pure) / pure.length + plainVariance(correct) / correct.length);

/** The same with its degrees of freedom, and what the t distribution says of them. */
export function plainWelch(pure: readonly number[], correct: readonly number[]) {
  const t = plainT(pure, correct);
  const [q1, q0] = [plainVariance(pure) / pure.length, plainVariance(correct) / correct.length];
  const df = (q1 + q0) ** 2 / (q1 ** 2 / (pure.length - 1) + q0 ** 2 / (correct.length - 1));
  return { t, df, p: studentTail(t, df) };
}

/** The rows' cosines, or other values of theirs: those of the pure hacks, and those of rows with a correct body. */
export const bucketsOf = (rows: readonly RowCosine[], values = rows.map(({ cosine }) => cosine)) =>
  [false, true].map((gtPass) => values.filter((_, i) => rows[i]!.gtPass === gtPass)) as [
    pure: number[],
    correct: number[],
  ];

const crossed = (x: readonly number[], y: readonly number[]) =>
  x.reduce((sum, value, i) => sum + (value - plainMean(x)) * (y[i]! - plainMean(y)), 0);

/** Welch on what the least-squares line in length leaves. */
export function plainRegressed(rows: readonly RowCosine[]) {
  const [x, y] = [rows.map(({ compLen }) => compLen), rows.map(({ cosine }) => cosine)];
  const slope = crossed(x, y) / crossed(x, x);
  return plainWelch(
    ...bucketsOf(
      rows,
      y.map((value, i) => value - plainMean(y) - slope * (x[i]! - plainMean(x))),
    ),
  );
}

/** t of the partial correlation of cosine and bucket given length, from the three plain correlations. */
export function plainPartial(rows: readonly RowCosine[]) {
  const [x, y, d] = [
    rows.map(({ compLen }) => compLen),
    rows.map(({ cosine }) => cosine),
    rows.map(({ gtPass }) => (gtPass ? 0 : 1)),
  ];
  const correlation = (a: readonly number[], b: readonly number[]) =>
    crossed(a, b) / Math.sqrt(crossed(a, a) * crossed(b, b));
  const [yd, yx, dx] = [correlation(y, d), correlation(y, x), correlation(d, x)];
  const partial = (yd - yx * dx) / Math.sqrt((1 - yx ** 2) * (1 - dx ** 2));
  const t = partial * Math.sqrt((rows.length - 3) / (1 - partial ** 2));
  return { t, p: studentTail(t, rows.length - 3) };
}

/** The middle one of at least one value, or the mean of the two in the middle. */
export function plainMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return Number.isInteger(half) ? (sorted[half - 1]! + sorted[half]!) / 2 : sorted[Math.floor(half)]!;
}
