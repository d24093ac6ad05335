import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mean, variance } from "../../src/numeric/moments.ts";
import { moderate } from "../support/arbitraries.ts";
import { momentLaws } from "./moments.statements.ts";

const values = fc.array(moderate, { minLength: 2, maxLength: 12 });

describe("mean", () => {
  // ELSE two buckets of one and the same constant differ by rounding, and t is infinite
  it("is exact on constants: mean(c, ..., c) = c", () => {
    fc.assert(
      fc.property(moderate, fc.integer({ min: 1, max: 20 }), (c, n) => momentLaws.exactOnConstants(mean, c, n)),
    );
  });
  // ELSE a comparison that nothing entered counts as one that came out at 0
  it("is NaN where there are no values", () => expect(mean([])).toBeNaN());
  it("agrees with the sum over n, to rounding", () => {
    fc.assert(fc.property(values, (x) => momentLaws.isSumOverN(mean, x)));
  });
});

describe("variance", () => {
  it("agrees with numpy: var([1, 2, 4, 9], ddof=1) = 38/3", () => momentLaws.isUnbiased(variance));
  it("is exactly 0 on constants", () => {
    fc.assert(
      fc.property(moderate, fc.integer({ min: 2, max: 20 }), (c, n) => {
        expect(variance(Array.from({ length: n }, () => c))).toBe(0);
      }),
    );
  });
});
