import fc from "fast-check";
import { expect } from "vitest";
import { lineFit } from "../../src/numeric/lineFit.ts";
import { anyExponent, inUnit, nonFinite } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin } from "../support/tolerance.ts";

const small = fc.integer({ min: -100, max: 100 });
const coefficient = fc.double({ min: -9, max: 9, noNaN: true });
const xy = fc.integer({ min: 2, max: 15 }).chain((n) => {
  const list = fc.array(small, { minLength: n, maxLength: n });
  return fc.tuple(list, list);
});

const throughOrigin: typeof lineFit = (x, y) => {
  const slope = x.reduce((s, v, i) => s + v * y[i]!, 0) / x.reduce((s, v) => s + v * v, 0);
  return { slope, intercept: 0, residuals: y.map((v, i) => v - slope * x[i]!), rSquared: 0 };
};
const meanOnly: typeof lineFit = (_x, y) =>
  lineFit(
    y.map(() => 0),
    y,
  );
/** Residuals from a slope and an intercept that must be doubles. */
const throughSlope: typeof lineFit = (x, y) => {
  const fit = lineFit(x, y);
  return { ...fit, residuals: y.map((value, i) => value - fit.intercept - fit.slope * x[i]!) };
};
const swapped: typeof lineFit = (x, y) => lineFit(y, x);
const rounded: typeof lineFit = (x, y) => {
  const fit = lineFit(x, y);
  return { ...fit, residuals: fit.residuals.map((residual, i) => residual + 1e-16 * (i + 1)) };
};
const unchecked: typeof lineFit = (x) => ({ slope: 0, intercept: 0, residuals: x.map(() => 0), rSquared: 0 });

lawsOf("lineFit", lineFit, (law) => {
  law("removes a planted line: residuals(a + b x) = 0 exactly", {
    else: "a length signal survives the line that claims to have regressed it out",
    for: [xy, coefficient, coefficient],
    holds: (fit, [x], slope, intercept) => {
      const { residuals } = fit(
        x,
        x.map((value) => intercept + slope * value),
      );
      expect(residuals).toEqual(x.map(() => 0));
    },
    // squares that underflow, a slope of one subnormal step
    examples: [
      [
        [
          [-13, 0],
          [0, 0],
        ],
        -5e-324,
        0,
      ],
      [
        [
          [3, 1, 64],
          [0, 0, 0],
        ],
        1e-187,
        0,
      ],
    ],
    rejects: {
      "taking off the mean alone": [meanOnly, [[1, 2, 4], []], 2, 1],
      "rounding left as residual": [rounded, [[1, 2, 4], []], 2, 1],
    },
  });

  law("leaves nothing along x: sum r = 0, sum r x = 0", {
    for: [xy],
    holds: (fit, [x, y]) => {
      const { residuals } = fit(x, y);
      const size = (list: readonly number[]) => Math.max(1, ...list.map(Math.abs));
      const bound = 1e-13 * x.length ** 2 * size(y);
      const sum = residuals.reduce((total, r) => total + r, 0);
      const alongX = residuals.reduce((total, r, i) => total + r * x[i]!, 0);
      expectWithin(sum, 0, bound, "sum of residuals");
      expectWithin(alongX, 0, bound * size(x), "residuals . x");
    },
    rejects: {
      "a line through the origin": [
        throughOrigin,
        [
          [1, 2, 3],
          [5, 5, 6],
        ],
      ],
    },
  });

  law("conserves y: intercept + slope x + residual = y", {
    for: [xy],
    holds: (fit, [x, y]) => {
      const { slope, intercept, residuals } = fit(x, y);
      const size = Math.max(1, ...x.map((value) => Math.abs(slope * value)), ...y.map(Math.abs));
      y.forEach((value, i) =>
        expectWithin(intercept + slope * x[i]! + residuals[i]!, value, 1e-12 * size, "line + residual"),
      );
    },
    rejects: {
      "regressing x on y": [
        swapped,
        [
          [1, 2, 4],
          [5, 9, 1],
        ],
      ],
    },
  });

  law("follows the units, bit for bit: residuals(2^j x, 2^k y) = 2^k residuals(x, y), for j, k of -900 to 900", {
    else: "a covariate is not regressed out where its unit and the values' are far apart",
    for: [xy, anyExponent, anyExponent],
    holds: (fit, [x, y], j, k) => {
      const [plain, scaled] = [fit(x, y), fit(inUnit(x, j), inUnit(y, k))];
      expect(scaled.residuals).toEqual(inUnit(plain.residuals, k));
      expect(scaled.rSquared).toBe(plain.rSquared);
      if (Math.abs(k - j) < 1000) expect(scaled.slope).toBe(plain.slope * 2 ** (k - j));
    },
    rejects: {
      "a slope that underflows": [
        throughSlope,
        [
          [1, 2, 4],
          [5, 9, 1],
        ],
        600,
        -600,
      ],
      "a slope that overflows": [
        throughSlope,
        [
          [1, 2, 4],
          [5, 9, 1],
        ],
        -600,
        600,
      ],
    },
  });

  law("has slope 0 where x is constant", {
    for: [],
    holds: (fit) => expect(fit([3, 3, 3], [1, 2, 6])).toMatchObject({ slope: 0, intercept: 3, residuals: [-2, -1, 3] }),
    rejects: { "a line through the origin": [throughOrigin] },
  });

  law("rejects lists of different length and non-finite values -> ShapeError, NonFiniteError", {
    for: [nonFinite],
    holds: (fit, bad) => {
      expect(() => fit([1, 2], [1])).toThrow(/one length/);
      expect(() => fit([1, 2], [1, bad])).toThrow(/finite values/);
    },
    rejects: { "a fit that looks at nothing": [unchecked, Number.NaN] },
  });
});
