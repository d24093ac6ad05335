import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rankP } from "../../src/numeric/rankP.ts";
import { wilsonInterval } from "../../src/numeric/wilsonInterval.ts";
import { moderate } from "../support/arbitraries.ts";
import { expectWithin } from "../support/tolerance.ts";

describe("rankP", () => {
  it("counts: largest of n controls -> 1/(1+n), smallest -> 1, ties against the claim", () => {
    expect(rankP(9, [1, 2, 3])).toBe(1 / 4);
    expect(rankP(0, [1, 2, 3])).toBe(1);
    expect(rankP(3, [1, 2, 3])).toBe(2 / 4);
  });

  it("is monotone in the figure: larger -> no larger p; invariant to the controls' order", () => {
    fc.assert(
      fc.property(moderate, moderate, fc.array(moderate, { maxLength: 9 }), (a, b, controls) => {
        expect(rankP(Math.max(a, b), controls)).toBeLessThanOrEqual(rankP(Math.min(a, b), controls));
        expect(rankP(a, [...controls].reverse())).toBe(rankP(a, controls));
      }),
    );
  });
});

describe("wilsonInterval", () => {
  // statsmodels.stats.proportion.proportion_confint(7, 20, method="wilson")
  it("agrees with statsmodels: 7 of 20 -> [0.1812, 0.5671]", () => {
    const [low, high] = wilsonInterval(7, 20);
    expectWithin(low, 0.18119, 5e-5, "low");
    expectWithin(high, 0.56715, 5e-5, "high");
  });

  it("bounds: 0 <= low <= k/n <= high <= 1, mirrored under k -> n - k", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(500), (n, drawn) => {
        const k = drawn % (n + 1);
        const [low, high] = wilsonInterval(k, n);
        expect(0 <= low && low <= k / n + 1e-15 && k / n <= high + 1e-15 && high <= 1).toBe(true);
        const [mirrorLow, mirrorHigh] = wilsonInterval(n - k, n);
        expectWithin(mirrorLow, 1 - high, 1e-12, "low of the mirror");
        expectWithin(mirrorHigh, 1 - low, 1e-12, "high of the mirror");
      }),
    );
  });

  it("rejects impossible counts: k > n, n = 0 -> ShapeError", () => {
    expect(() => wilsonInterval(2, 1)).toThrow(/0 <= successes <= n/);
    expect(() => wilsonInterval(0, 0)).toThrow(/n >= 1/);
  });
});
