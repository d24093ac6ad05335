import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { studentTail } from "../../src/numeric/studentTail.ts";
import { studentTailLaws } from "./studentTail.statements.ts";

const t = fc.double({ min: 0, max: 200, noNaN: true });
const df = fc.double({ min: 1, max: 5e4, noNaN: true });

describe("studentTail", () => {
  it("agrees with the closed forms: df = 1 is atan, df = 2 and df = 4 are algebraic", () => {
    fc.assert(fc.property(t, (x) => studentTailLaws.agreesWithClosedForms(studentTail, x)));
  });

  // ELSE the p of a strong effect is noise: 1 - cdf is 0 from t = 9 on
  it("agrees with 60-digit arithmetic: tails down to 1e-290", () => studentTailLaws.agreesFarOut(studentTail));

  it("is antisymmetric: P(T > -t) = 1 - P(T > t)", () => {
    fc.assert(
      fc.property(t, df, (x, n) => {
        expect(studentTail(-x, n)).toBe(x === 0 ? studentTail(0, n) : 1 - studentTail(x, n));
      }),
    );
  });

  it("is monotone: falls in t", () => {
    fc.assert(fc.property(t, t, df, (x, y, n) => studentTailLaws.fallsInT(studentTail, x, y, n)));
  });

  it("rejects what is no number: t NaN, df 0 or infinite -> NonFiniteError", () => {
    expect(() => studentTail(Number.NaN, 3)).toThrow(/got t NaN/);
    expect(() => studentTail(1, 0)).toThrow(/df 0/);
    expect(() => studentTail(1, Number.POSITIVE_INFINITY)).toThrow(/df Infinity/);
  });
});
