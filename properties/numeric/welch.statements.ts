import { expect } from "vitest";
import type { WelchResult } from "../../src/numeric/welch.ts";
import { expectWithin } from "../support/tolerance.ts";

type Welch = (a: readonly number[], b: readonly number[]) => WelchResult;

const scipyOneSided = { t: 2.791589463755049, df: 2.027593804617546, p: 0.05315942617408295 };

/** Laws of a one-sided Welch test, for the real one and for its mutants. */
export const welchLaws = {
  /** scipy.stats.ttest_ind([1, 1.5, 3], [.2, .1], equal_var=False, alternative="greater") */
  agreesWithScipy(welch: Welch): void {
    const result = welch([1, 1.5, 3], [0.2, 0.1]);
    expect(result.kind).toBe("tested");
    if (result.kind !== "tested") return;
    expectWithin(result.t, scipyOneSided.t, 1e-8 * scipyOneSided.t, "t");
    expectWithin(result.df, scipyOneSided.df, 1e-8 * scipyOneSided.df, "df");
    expectWithin(result.p, scipyOneSided.p, 1e-7 * scipyOneSided.p, "p");
  },

  /** Scaling by a power of two and shifting by an integer are exact on small integers: nothing may change. */
  isAffineInvariant(welch: Welch, a: readonly number[], b: readonly number[], exponent: number, shift: number): void {
    const moved = (x: readonly number[]) => x.map((value) => (value + shift) * 2 ** exponent);
    const [before, after] = [welch(a, b), welch(moved(a), moved(b))];
    expect(after.kind).toBe(before.kind);
    if (before.kind !== "tested" || after.kind !== "tested") return;
    if (!Number.isFinite(before.t)) {
      expect(after.t).toBe(before.t);
      return;
    }
    expectWithin(after.t, before.t, 1e-12 * (1 + Math.abs(before.t)), "t");
    expectWithin(after.df, before.df, 1e-12 * before.df, "df");
    expectWithin(after.p, before.p, 1e-10, "p");
  },

  isAntisymmetric(welch: Welch, a: readonly number[], b: readonly number[]): void {
    const [forward, backward] = [welch(a, b), welch(b, a)];
    expect(backward.kind).toBe(forward.kind);
    if (forward.kind !== "tested" || backward.kind !== "tested") return;
    expect(backward.t).toBe(0 - forward.t);
    expectWithin(forward.p + backward.p, 1, 1e-12, "p(a, b) + p(b, a)");
  },

  isMonotone(welch: Welch, a: readonly number[], b: readonly number[], lift: number): void {
    const [before, after] = [
      welch(a, b),
      welch(
        a.map((value) => value + lift),
        b,
      ),
    ];
    if (before.kind !== "tested" || after.kind !== "tested") return;
    expect(after.t).toBeGreaterThanOrEqual(before.t);
    expect(after.p).toBeLessThanOrEqual(before.p);
  },

  countsSmallBuckets(welch: Welch, a: readonly number[], few: readonly number[]): void {
    expect(welch(a, few)).toEqual({ kind: "tooFew", nA: a.length, nB: few.length });
    expect(welch(few, a)).toEqual({ kind: "tooFew", nA: few.length, nB: a.length });
  },
};
