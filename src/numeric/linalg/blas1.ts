/**
 * Dot product of two stretches: sum_i x[xStart + i] y[yStart + i].
 *
 * Four partial sums, because one alone waits for each addition to finish.
 */
export function dot(x: Float64Array, xStart: number, y: Float64Array, yStart: number, length: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  const whole = length - (length % 4);
  for (let i = 0; i < whole; i += 4) {
    sum0 += x[xStart + i]! * y[yStart + i]!;
    sum1 += x[xStart + i + 1]! * y[yStart + i + 1]!;
    sum2 += x[xStart + i + 2]! * y[yStart + i + 2]!;
    sum3 += x[xStart + i + 3]! * y[yStart + i + 3]!;
  }
  for (let i = whole; i < length; i++) sum0 += x[xStart + i]! * y[yStart + i]!;
  return sum0 + sum1 + (sum2 + sum3);
}

/**
 * Add a multiple of one stretch to another: y[yStart + i] += scale * x[xStart + i].
 *
 * Four at a time, which V8 does not do by itself: half as long again otherwise.
 */
export function addScaled(
  scale: number,
  x: Float64Array,
  xStart: number,
  y: Float64Array,
  yStart: number,
  length: number,
): void {
  const whole = length - (length % 4);
  for (let i = 0; i < whole; i += 4) {
    y[yStart + i]! += scale * x[xStart + i]!;
    y[yStart + i + 1]! += scale * x[xStart + i + 1]!;
    y[yStart + i + 2]! += scale * x[xStart + i + 2]!;
    y[yStart + i + 3]! += scale * x[xStart + i + 3]!;
  }
  for (let i = whole; i < length; i++) y[yStart + i]! += scale * x[xStart + i]!;
}
