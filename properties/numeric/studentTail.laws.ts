import fc from "fast-check";
import { expect } from "vitest";
import { studentTail } from "../../src/numeric/studentTail.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { goldenTolerance } from "../support/tolerance.ts";

const anyT = fc.double({ min: 0, max: 200, noNaN: true });
const anyDf = fc.double({ min: 1, max: 5e4, noNaN: true });

/** [t, df, P(T > t)] by mpmath.betainc at 60 digits. */
const farOut: readonly (readonly [number, number, number])[] = [
  [10, 5, 8.5473787871481795e-5],
  [40, 30, 6.8630225972032014e-28],
  [30, 150, 1.4547423749096766e-65],
  [60, 200, 3.8557892920283139e-130],
  [150, 180, 2.7607860209470054e-191],
  [8, 49000, 6.3563366287172977e-16],
];

function expectSame(actual: number, expected: number, what: string): void {
  const error = Math.abs(actual - expected) / expected;
  expect(error <= goldenTolerance.welchP, `${what}: ${actual} for ${expected}, relative error ${error}`).toBe(true);
}

lawsOf("studentTail", studentTail, (law) => {
  law("agrees with the closed forms: df = 1 is atan, df = 2 and df = 4 are algebraic", {
    for: [anyT],
    holds: (tail, t) => {
      // atan2(1, t) / pi keeps its digits where 1/2 - atan(t)/pi would cancel
      expectSame(tail(t, 1), Math.atan2(1, t) / Math.PI, "df 1");
      const root = Math.sqrt(2 + t * t);
      expectSame(tail(t, 2), 1 / (root * (root + t)), "df 2");
      const s = t / Math.sqrt(4 + t * t);
      expectSame(tail(t, 4), ((1 - s * s) ** 2 * (2 + s)) / (4 * (1 + s) ** 2), "df 4");
    },
    rejects: {
      "the normal approximation": [(t) => 0.5 * Math.exp(-t * t), 2],
      "two sides for one": [(t, df) => 2 * studentTail(t, df), 2],
    },
  });

  law("agrees with 60-digit arithmetic: tails down to 1e-290", {
    else: "the p of a strong effect is noise: 1 - cdf is 0 from t = 9 on",
    for: [],
    holds: (tail) => {
      for (const [t, df, p] of farOut) expectSame(tail(t, df), p, `t ${t}, df ${df}`);
    },
    rejects: { "1 - cdf that is 0 far out": [(t, df) => 1 - (1 - studentTail(t, df))] },
  });

  law("is antisymmetric: P(T > -t) = 1 - P(T > t)", {
    for: [anyT, anyDf],
    holds: (tail, t, df) => expect(tail(-t, df)).toBe(t === 0 ? tail(0, df) : 1 - tail(t, df)),
    rejects: { "two sides": [(t, df) => 2 * studentTail(Math.abs(t), df), 2, 5] },
  });

  law("is monotone: falls in t", {
    for: [anyT, anyT, anyDf],
    holds: (tail, t, u, df) => {
      const [low, high] = [Math.min(t, u), Math.max(t, u)];
      expect(tail(high, df)).toBeLessThanOrEqual(tail(low, df) * (1 + goldenTolerance.welchP));
    },
    rejects: { "the lower tail": [(t, df) => studentTail(-t, df), 1, 2, 5] },
  });

  law("rejects what is no number: t NaN, df 0 or infinite -> NonFiniteError", {
    for: [],
    holds: (tail) => {
      expect(() => tail(Number.NaN, 3)).toThrow(/got t NaN/);
      expect(() => tail(1, 0)).toThrow(/df 0/);
      expect(() => tail(1, Number.POSITIVE_INFINITY)).toThrow(/df Infinity/);
    },
    rejects: { "1/2 for what is no number": [() => 0.5] },
  });
});
