import { expect } from "vitest";
import { goldenTolerance } from "../support/tolerance.ts";

type Tail = (t: number, df: number) => number;

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

/** Laws of Student's upper tail, for the real one and for its mutants. */
export const studentTailLaws = {
  agreesWithClosedForms(tail: Tail, t: number): void {
    // atan2(1, t) / pi keeps its digits where 1/2 - atan(t)/pi would cancel
    expectSame(tail(t, 1), Math.atan2(1, t) / Math.PI, "df 1");
    const root = Math.sqrt(2 + t * t);
    expectSame(tail(t, 2), 1 / (root * (root + t)), "df 2");
    const s = t / Math.sqrt(4 + t * t);
    expectSame(tail(t, 4), ((1 - s * s) ** 2 * (2 + s)) / (4 * (1 + s) ** 2), "df 4");
  },

  agreesFarOut(tail: Tail): void {
    for (const [t, df, p] of farOut) expectSame(tail(t, df), p, `t ${t}, df ${df}`);
  },

  fallsInT(tail: Tail, t: number, u: number, df: number): void {
    const [low, high] = [Math.min(t, u), Math.max(t, u)];
    expect(tail(high, df)).toBeLessThanOrEqual(tail(low, df) * (1 + goldenTolerance.welchP));
  },
};
