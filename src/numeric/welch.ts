import { NonFiniteError } from "../errors.ts";
import { deviationUnit, mean, variance } from "./moments.ts";
import { studentTail } from "./studentTail.ts";

interface Buckets {
  readonly nA: number;
  readonly nB: number;
}

/** The test could be done. t is infinite when both buckets are constant and differ. */
export interface WelchTest extends Buckets {
  readonly kind: "tested";
  readonly t: number;
  readonly df: number;
  /** One-sided: probability of a t this large if mean a <= mean b. */
  readonly p: number;
  readonly meanA: number;
  readonly meanB: number;
}

/** A bucket holds fewer than two values, so it has no variance and there is no test. */
export interface WelchTooFew extends Buckets {
  readonly kind: "tooFew";
}

/** Both buckets are constant and equal: 0 / 0. */
export interface WelchNoVariance extends Buckets {
  readonly kind: "noVariance";
}

export type WelchResult = WelchTest | WelchTooFew | WelchNoVariance;

/**
 * Welch's one-sided t-test of mean a > mean b with unequal variances.
 *
 *     q_a = var(a) / n_a,  q_b = var(b) / n_b
 *     t   = (mean a - mean b) / sqrt(q_a + q_b)
 *     df  = (q_a + q_b)^2 / (q_a^2 / (n_a - 1) + q_b^2 / (n_b - 1))
 *
 * Variances are in a unit of the values' own size, so a change of scale changes nothing, and nothing under- or overflows.
 * Agrees with scipy's `ttest_ind(a, b, equal_var=False, alternative="greater")`, also where both variances vanish
 * (df 1, t = +-Infinity). Where scipy answers NaN the result says why instead.
 *
 * @throws NonFiniteError  a value is NaN or infinite, or their differences overflow
 */
export function welchGreater(a: readonly number[], b: readonly number[]): WelchResult {
  for (const value of [...a, ...b])
    if (!Number.isFinite(value)) throw new NonFiniteError(`welchGreater: expected finite values, got ${value}`);
  const buckets = { nA: a.length, nB: b.length };
  if (a.length < 2 || b.length < 2) return { kind: "tooFew", ...buckets };
  const unit = deviationUnit(a, b);
  const qA = variance(a, unit) / a.length;
  const qB = variance(b, unit) / b.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const difference = meanA - meanB;
  if (qA + qB === 0) {
    if (difference === 0) return { kind: "noVariance", ...buckets };
    const t = difference > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    return { kind: "tested", t, df: 1, p: difference > 0 ? 0 : 1, meanA, meanB, ...buckets };
  }
  if (!Number.isFinite(difference) || !Number.isFinite(qA + qB))
    throw new NonFiniteError(
      "welchGreater: expected values whose differences fit a double, got a spread that overflows",
    );
  const t = difference / unit / Math.sqrt(qA + qB);
  const shareA = qA / (qA + qB);
  const df = 1 / (shareA ** 2 / (a.length - 1) + (1 - shareA) ** 2 / (b.length - 1));
  return { kind: "tested", t, df, p: studentTail(t, df), meanA, meanB, ...buckets };
}
