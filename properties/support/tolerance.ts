import { expect } from "vitest";

/** Unit roundoff of IEEE double and single precision: half the gap above 1. */
export const unitRoundoff64 = 2 ** -53;
export const unitRoundoff32 = 2 ** -24;

/**
 * Higham's gamma_n = n u / (1 - n u): the relative error of n chained rounded operations.
 * @see Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., lemma 3.1
 */
export function gamma(n: number, unitRoundoff: number): number {
  return (n * unitRoundoff) / (1 - n * unitRoundoff);
}

/** |fl(a . b) - a . b| <= gamma_n |a| |b| (Cauchy-Schwarz on Higham 3.5). */
export function dotBound(n: number, normA: number, normB: number, unitRoundoff: number): number {
  return gamma(n, unitRoundoff) * normA * normB;
}

/** ||x||_2, scaled so that tiny and huge entries neither vanish nor overflow. */
export function norm(x: ArrayLike<number>): number {
  let scale = 0;
  for (let i = 0; i < x.length; i++) scale = Math.max(scale, Math.abs(x[i]!));
  if (scale === 0 || !Number.isFinite(scale)) return scale;
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! / scale) ** 2;
  return scale * Math.sqrt(sum);
}

/** ||a - b|| / max(||a||, ||b||); 0 when both are zero. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length, "arrays of one length").toBe(b.length);
  const difference = Float64Array.from({ length: a.length }, (_, i) => a[i]! - b[i]!);
  const size = Math.max(norm(a), norm(b));
  return size === 0 ? 0 : norm(difference) / size;
}

/** max |x - reference| / max |reference|: the error that the goldens' tolerances speak of. */
export function goldenError(x: ArrayLike<number>, reference: ArrayLike<number>): number {
  expect(x.length, "as many values as the golden holds").toBe(reference.length);
  let largest = 0;
  let error = 0;
  for (let i = 0; i < x.length; i++) {
    largest = Math.max(largest, Math.abs(reference[i]!));
    const difference = Math.abs(x[i]! - reference[i]!);
    error = difference > error || Number.isNaN(difference) ? difference : error;
  }
  return largest === 0 ? error : error / largest;
}

/** The one matcher for approximate equality: |actual - expected| <= bound, the bound always given and always derived. */
export function expectWithin(actual: number, expected: number, bound: number, what: string): void {
  const difference = Math.abs(actual - expected);
  expect(difference <= bound, `${what}: |${actual} - ${expected}| = ${difference}, bound ${bound}`).toBe(true);
}

/** "accept" column of the goldens' README: err = max|x - ref| / max|ref| for a float32 engine. */
export const goldenTolerance = {
  logits: 5e-5,
  logps: 3e-5,
  singularValuesFloat64: 1e-6,
  gradients: 2e-4,
  gradientsPerModule: 5e-4,
  cosines: 5e-5,
  extractV: 5e-4,
  extractS: 3e-5,
  deltaReplayRms: 8e-5,
  deltaReplay: 2e-3,
  welchTAndDf: 1e-8,
  welchP: 1e-7,
  float64Absolute: 1e-9,
} as const;

/**
 * |x - y| <= 1e-8 (1 + |y|), for a figure of tests in float64 and its plain twin, which rounds elsewhere: 1e-8 of t is what
 * the goldens grant, and the 1 is for figures near zero, differences of means whose rounding is that of the cosines (at most
 * 1) and not of what they leave. Where nothing varies t is infinite in both: x === y, as their difference is NaN.
 */
export function isNear(x: number, y: number): boolean {
  return x === y || (Number.isFinite(y) && Math.abs(x - y) <= goldenTolerance.welchTAndDf * (1 + Math.abs(y)));
}

/** The same as a matcher: `actual` is the figure, `expected` its plain twin. */
export function expectNear(actual: number, expected: number, what: string): void {
  expect(isNear(actual, expected), `${what}: got ${actual}, expected ${expected} within 1e-8`).toBe(true);
}

/**
 * Hoeffding: a mean of n independent values in [0, 1] exceeds its expectation by more than this with probability at
 * most `failure`. Lets a test of a random quantity state its own false alarm rate.
 */
export function hoeffding(n: number, failure: number): number {
  return Math.sqrt(Math.log(1 / failure) / (2 * n));
}
