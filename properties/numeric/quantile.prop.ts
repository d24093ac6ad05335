import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quantile } from "../../src/numeric/quantile.ts";
import { moderate } from "../support/arbitraries.ts";
import { quantileLaws } from "./quantile.statements.ts";

const values = fc.array(moderate, { minLength: 1, maxLength: 12 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe("quantile", () => {
  it("agrees with numpy: quantile([1, 2, 4, 8], q) at q = 0, .25, .5, .9, 1", () =>
    quantileLaws.agreesWithNumpy(quantile));

  it("bounds: min <= quantile <= max, reached at q = 0 and q = 1", () => {
    fc.assert(fc.property(values, share, (x, q) => quantileLaws.isBounded(quantile, x, q)));
  });

  it("is monotone in q: p <= q -> quantile(p) <= quantile(q), to rounding", () => {
    fc.assert(fc.property(values, share, share, (x, p, q) => quantileLaws.isMonotone(quantile, x, p, q)));
  });

  it("is invariant to order: quantile(reverse(x)) = quantile(x)", () => {
    fc.assert(
      fc.property(values, share, (x, q) => {
        expect(quantile([...x].reverse(), q)).toBe(quantile(x, q));
      }),
    );
  });

  it("rejects an empty list, a share outside [0, 1] and NaN -> ShapeError, NonFiniteError", () => {
    expect(() => quantile([], 0.5)).toThrow(/at least one value/);
    expect(() => quantile([1], 1.5)).toThrow(/q in \[0, 1\]/);
    expect(() => quantile([1, Number.NaN], 0.5)).toThrow(/got NaN/);
  });
});
