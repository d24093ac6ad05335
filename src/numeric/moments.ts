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

/** Unbiased variance (divisor n - 1) of at least two values; exactly 0 when all are equal. */
export function variance(values: readonly number[]): number {
  const centre = mean(values);
  let sum = 0;
  for (const value of values) sum += (value - centre) ** 2;
  return sum / (values.length - 1);
}
