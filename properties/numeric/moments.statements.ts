import { expect } from "vitest";
import { expectWithin, gamma, unitRoundoff64 } from "../support/tolerance.ts";

type Moment = (values: readonly number[]) => number;

const size = (values: readonly number[]) => Math.max(...values.map(Math.abs));

/** Laws of mean and variance, for the real ones and for their mutants. */
export const momentLaws = {
  exactOnConstants(mean: Moment, constant: number, n: number): void {
    expect(mean(Array.from({ length: n }, () => constant))).toBe(constant === 0 ? 0 : constant);
  },

  isSumOverN(mean: Moment, values: readonly number[]): void {
    const sum = values.reduce((total, value) => total + value, 0);
    const bound = gamma(4 * values.length, unitRoundoff64) * 2 * size(values) + Number.MIN_VALUE;
    expectWithin(mean(values), sum / values.length, bound, "mean");
  },

  isUnbiased(variance: Moment): void {
    expectWithin(variance([1, 2, 4, 9]), 38 / 3, gamma(16, unitRoundoff64) * 38, "variance");
  },
};
