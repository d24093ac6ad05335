/**
 * Arithmetic mean; NaN where there are no values.
 *
 * Summed relative to the first value, so that equal values have exactly that value as their mean.
 */
export function mean(values: readonly number[]): number {
  const first = values[0]!;
  let sum = 0;
  for (const value of values) sum += value - first;
  return first + sum / values.length;
}

/**
 * The power of two in which deviations from each list's mean are measured: the largest is 1 to 2 of it. 1 where all are 0.
 *
 * Squares of deviations in this unit neither underflow nor overflow, and dividing by a power of two rounds nothing.
 */
export function deviationUnit(...lists: readonly (readonly number[])[]): number {
  let largest = 0;
  for (const values of lists) {
    const centre = mean(values);
    for (const value of values) largest = Math.max(largest, Math.abs(value - centre));
  }
  return largest === 0 ? 1 : 2 ** Math.floor(Math.log2(largest));
}

/**
 * Unbiased variance of at least two values; exactly 0 when all are equal.
 *
 *     sum ((x - mean) / unit)^2 / (n - 1)
 *
 * @param unit  deviationUnit of these values, and of what the variance is compared with
 */
export function variance(values: readonly number[], unit: number): number {
  const centre = mean(values);
  let sum = 0;
  for (const value of values) sum += ((value - centre) / unit) ** 2;
  return sum / (values.length - 1);
}

/** Square root of the unbiased variance, at any scale of the values. */
export function standardDeviation(values: readonly number[]): number {
  const unit = deviationUnit(values);
  return unit * Math.sqrt(variance(values, unit));
}
