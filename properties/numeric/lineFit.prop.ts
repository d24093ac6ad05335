import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineFit } from "../../src/numeric/lineFit.ts";
import { nonFinite } from "../support/arbitraries.ts";
import { lineFitLaws } from "./lineFit.statements.ts";

const small = fc.integer({ min: -100, max: 100 });
const xy = fc.integer({ min: 2, max: 15 }).chain((n) => {
  const list = fc.array(small, { minLength: n, maxLength: n });
  return fc.tuple(list, list);
});

describe("lineFit", () => {
  // ELSE a length signal survives the line that claims to have regressed it out
  it("removes a planted line: residuals(a + b x) = 0 exactly", () => {
    fc.assert(
      fc.property(
        xy,
        fc.double({ min: -9, max: 9, noNaN: true }),
        fc.double({ min: -9, max: 9, noNaN: true }),
        ([x], slope, intercept) => lineFitLaws.removesPlantedLine(lineFit, x, slope, intercept),
      ),
      // found 2026-11-21: squares that underflow, a slope of one subnormal step
      {
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
      },
    );
  });

  it("leaves nothing along x: sum r = 0, sum r x = 0", () => {
    fc.assert(fc.property(xy, ([x, y]) => lineFitLaws.leavesResidualsOrthogonal(lineFit, x, y)));
  });

  it("conserves y: intercept + slope x + residual = y", () => {
    fc.assert(fc.property(xy, ([x, y]) => lineFitLaws.addsUp(lineFit, x, y)));
  });

  it("reports slope 0 where x is constant", () => {
    expect(lineFit([3, 3, 3], [1, 2, 6])).toMatchObject({ slope: 0, intercept: 3, residuals: [-2, -1, 3] });
  });

  it("rejects lists of different length and non-finite values -> ShapeError, NonFiniteError", () => {
    expect(() => lineFit([1, 2], [1])).toThrow(/one length/);
    fc.assert(
      fc.property(nonFinite, (bad) => {
        expect(() => lineFit([1, 2], [1, bad])).toThrow(/finite values/);
      }),
    );
  });
});
