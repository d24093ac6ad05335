/** Step of the differences. The sharpest bend among our layers is RMSNorm's, of radius sqrt(eps) >= 1e-3. */
const h = 1e-5;

/** Truncation relative to the gradient's scale: (h / 1e-3)^4 is 1e-8, its constant 4/5 * 4!/5! and the like under 10. */
export const differencesError = 1e-7;

/** Rounding of the differences, given the size of the numbers that f adds up: 18 of them, half an ulp and a few operations each, over 12 h. */
export function differencesNoise(size: number): number {
  return (16 * 2 ** -53 * size) / h;
}

/** Derivative of f along a direction, by fourth-order central differences in float64. */
export function directionalDerivative(
  f: (x: Float64Array) => number,
  x: Float64Array,
  direction: ArrayLike<number>,
): number {
  const at = (steps: number) => f(x.map((value, i) => value + steps * h * direction[i]!));
  return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
}

/** Gradient of f at x, one entry after the other. */
export function gradientByDifferences(f: (x: Float64Array) => number, x: Float64Array): Float64Array {
  const moved = x.slice();
  return x.map((value, i) => {
    const at = (steps: number): number => {
      moved[i] = value + steps * h;
      return f(moved);
    };
    const slope = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
    moved[i] = value;
    return slope;
  });
}
