import fc from "fast-check";
import { expect } from "vitest";
import { wilsonInterval } from "../../src/numeric/wilsonInterval.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin } from "../support/tolerance.ts";

/** Wald's: k/n +- 1.96 sqrt(k/n (1 - k/n) / n). */
const wald: typeof wilsonInterval = (k, n) => {
  const half = 1.96 * Math.sqrt(((k / n) * (1 - k / n)) / n);
  return [k / n - half, k / n + half];
};

lawsOf("wilsonInterval", wilsonInterval, (law) => {
  law("agrees with statsmodels: 7 of 20 -> [0.1812, 0.5671]", {
    for: [],
    holds: (interval) => {
      // statsmodels.stats.proportion.proportion_confint(7, 20, method="wilson")
      const [low, high] = interval(7, 20);
      expectWithin(low, 0.18119, 5e-5, "low");
      expectWithin(high, 0.56715, 5e-5, "high");
    },
    rejects: { "Wald's interval": [wald] },
  });

  law("bounds: 0 <= low <= k/n <= high <= 1, mirrored under k -> n - k", {
    for: [fc.integer({ min: 1, max: 500 }), fc.nat(500)],
    holds: (interval, n, drawn) => {
      const k = drawn % (n + 1);
      const [low, high] = interval(k, n);
      expect(0 <= low && low <= k / n + 1e-15 && k / n <= high + 1e-15 && high <= 1).toBe(true);
      const [mirrorLow, mirrorHigh] = interval(n - k, n);
      expectWithin(mirrorLow, 1 - high, 1e-12, "low of the mirror");
      expectWithin(mirrorHigh, 1 - low, 1e-12, "high of the mirror");
    },
    rejects: { "Wald's interval": [wald, 20, 1] },
  });

  law("rejects impossible counts: k > n, n = 0 -> ShapeError", {
    for: [],
    holds: (interval) => {
      expect(() => interval(2, 1)).toThrow(/0 <= successes <= n/);
      expect(() => interval(0, 0)).toThrow(/n >= 1/);
    },
    rejects: { "Wald's interval": [wald] },
  });
});
