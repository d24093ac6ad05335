import { expect } from "vitest";
import type { LineFit } from "../../src/numeric/lineFit.ts";
import { expectWithin } from "../support/tolerance.ts";

type Fit = (x: readonly number[], y: readonly number[]) => LineFit;

/** Laws of a least-squares line, for the real one and for its mutants. */
export const lineFitLaws = {
  removesPlantedLine(fit: Fit, x: readonly number[], slope: number, intercept: number): void {
    const { residuals } = fit(
      x,
      x.map((value) => intercept + slope * value),
    );
    expect(residuals).toEqual(x.map(() => 0));
  },

  leavesResidualsOrthogonal(fit: Fit, x: readonly number[], y: readonly number[]): void {
    const { residuals } = fit(x, y);
    const size = (list: readonly number[]) => Math.max(1, ...list.map(Math.abs));
    const bound = 1e-13 * x.length ** 2 * size(y);
    expectWithin(
      residuals.reduce((sum, r) => sum + r, 0),
      0,
      bound,
      "sum of residuals",
    );
    expectWithin(
      residuals.reduce((sum, r, i) => sum + r * x[i]!, 0),
      0,
      bound * size(x),
      "residuals . x",
    );
  },

  addsUp(fit: Fit, x: readonly number[], y: readonly number[]): void {
    const { slope, intercept, residuals } = fit(x, y);
    const size = Math.max(1, ...x.map((value) => Math.abs(slope * value)), ...y.map(Math.abs));
    y.forEach((value, i) =>
      expectWithin(intercept + slope * x[i]! + residuals[i]!, value, 1e-12 * size, "line + residual"),
    );
  },
};
