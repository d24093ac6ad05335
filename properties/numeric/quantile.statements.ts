import { expect } from "vitest";
import { expectWithin, gamma, unitRoundoff64 } from "../support/tolerance.ts";

type Quantile = (values: readonly number[], q: number) => number;

const largest = (x: readonly number[]) => Math.max(...x.map(Math.abs));

/** Laws of a quantile, for the real one and for its mutants. */
export const quantileLaws = {
  /** numpy.quantile([8, 1, 4, 2], [0, .25, .5, .9, 1]) */
  agreesWithNumpy(quantile: Quantile): void {
    const x = [8, 1, 4, 2];
    const expected: [number, number][] = [
      [0, 1],
      [0.25, 1.75],
      [0.5, 3],
      [0.9, 6.8],
      [1, 8],
    ];
    for (const [q, value] of expected)
      expectWithin(quantile(x, q), value, gamma(8, unitRoundoff64) * 8, `quantile at ${q}`);
  },

  isBounded(quantile: Quantile, x: readonly number[], q: number): void {
    const slack = gamma(4, unitRoundoff64) * largest(x);
    expect(quantile(x, 0)).toBe(Math.min(...x));
    expect(quantile(x, 1)).toBe(Math.max(...x));
    expect(quantile(x, q)).toBeGreaterThanOrEqual(Math.min(...x) - slack);
    expect(quantile(x, q)).toBeLessThanOrEqual(Math.max(...x) + slack);
  },

  isMonotone(quantile: Quantile, x: readonly number[], p: number, q: number): void {
    const slack = gamma(8, unitRoundoff64) * largest(x);
    expect(quantile(x, Math.min(p, q))).toBeLessThanOrEqual(quantile(x, Math.max(p, q)) + slack);
  },
};
