import fc from "fast-check";
import { expect } from "vitest";
import { variance } from "../../src/numeric/moments.ts";
import { welchGreater, type WelchResult } from "../../src/numeric/welch.ts";
import { anyExponent, inUnit, nonFinite } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin } from "../support/tolerance.ts";

type Bucket = readonly number[];
type Welch = (a: Bucket, b: Bucket) => WelchResult;
type Tested = WelchResult & { kind: "tested" };

const small = fc.integer({ min: -50, max: 50 });
const bucket = fc.array(small, { minLength: 2, maxLength: 12 });

const scipyOneSided = { t: 2.791589463755049, df: 2.027593804617546, p: 0.05315942617408295 };

const changed =
  (change: (result: Tested) => Partial<Tested>): Welch =>
  (a, b) => {
    const result = welchGreater(a, b);
    return result.kind === "tested" ? { ...result, ...change(result) } : result;
  };
/** t from variances whose squares are taken as they are. */
const plainSquares: Welch = (a, b) => {
  const share = (x: Bucket) => variance(x, 1) / x.length;
  return changed((r) => ({ t: (r.meanA - r.meanB) / Math.sqrt(share(a) + share(b)) }))(a, b);
};
const twoSided = changed(({ p }) => ({ p: 2 * Math.min(p, 1 - p) }));
const alwaysTested: Welch = (a, b) => {
  const result = welchGreater(a, b);
  const none = { t: Number.NaN, df: Number.NaN, p: Number.NaN, meanA: 0, meanB: 0 };
  return result.kind === "tested" ? result : { kind: "tested", ...none, nA: result.nA, nB: result.nB };
};
const finiteOnly: Welch = (a, b) => welchGreater(a.filter(Number.isFinite), b.filter(Number.isFinite));

lawsOf<Welch>("welchGreater", welchGreater, (law) => {
  law("agrees with scipy: t, df, p of a worked example", {
    else: "R4's verdict is not the note's test",
    for: [],
    holds: (welch) => {
      // scipy.stats.ttest_ind([1, 1.5, 3], [.2, .1], equal_var=False, alternative="greater")
      const result = welch([1, 1.5, 3], [0.2, 0.1]);
      expect(result.kind).toBe("tested");
      if (result.kind !== "tested") return;
      expectWithin(result.t, scipyOneSided.t, 1e-8 * scipyOneSided.t, "t");
      expectWithin(result.df, scipyOneSided.df, 1e-8 * scipyOneSided.df, "df");
      expectWithin(result.p, scipyOneSided.p, 1e-7 * scipyOneSided.p, "p");
    },
    rejects: {
      "swapped buckets": [(a, b) => welchGreater(b, a)],
      "Student's pooled degrees of freedom": [changed(({ nA, nB }) => ({ df: nA + nB - 2 }))],
      "two-sided p": [twoSided],
    },
  });

  law("is invariant to scale and shift: test(c a + d, c b + d) = test(a, b), c > 0", {
    else: "R4 depends on the unit of the cosine (cos_S_contrib or cos_S_normalized), and values far below one always pass",
    for: [bucket, bucket, anyExponent, fc.integer({ min: -9, max: 9 })],
    holds: (welch, a, b, exponent, shift) => {
      // a power of two times a small integer, plus another, is exact: nothing may change
      const moved = (x: Bucket) =>
        inUnit(
          x.map((value) => value + shift),
          exponent,
        );
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
    rejects: {
      "squares that underflow": [plainSquares, [4, 6, 8], [2, 3, 1], -600, 0],
      "squares that overflow": [plainSquares, [4, 6, 8], [2, 3, 1], 600, 0],
      "the difference of means in place of t": [changed((r) => ({ t: r.meanA - r.meanB })), [1, 4, 6], [0, 2], 3, 1],
    },
  });

  law("is antisymmetric: t(b, a) = -t(a, b), p(a, b) + p(b, a) = 1", {
    for: [bucket, bucket],
    holds: (welch, a, b) => {
      const [forward, backward] = [welch(a, b), welch(b, a)];
      expect(backward.kind).toBe(forward.kind);
      if (forward.kind !== "tested" || backward.kind !== "tested") return;
      expect(backward.t).toBe(0 - forward.t);
      expectWithin(forward.p + backward.p, 1, 1e-12, "p(a, b) + p(b, a)");
    },
    rejects: { "two-sided p": [twoSided, [1, 3], [0, 5]] },
  });

  law("is monotone: raising every a raises t and lowers p", {
    for: [bucket, bucket, fc.integer({ min: 1, max: 9 })],
    holds: (welch, a, b, lift) => {
      const lifted = a.map((value) => value + lift);
      const [before, after] = [welch(a, b), welch(lifted, b)];
      if (before.kind !== "tested" || after.kind !== "tested") return;
      expect(after.t).toBeGreaterThanOrEqual(before.t);
      expect(after.p).toBeLessThanOrEqual(before.p);
    },
    rejects: { "the magnitude of t": [changed(({ t }) => ({ t: Math.abs(t) })), [0, 1], [90, 91], 2] },
  });

  law("counts small buckets: n < 2 -> tooFew with both counts", {
    else: 'a one-row bucket gives NaN, which compares false with every threshold and reads as "no effect"',
    for: [bucket, fc.array(small, { maxLength: 1 })],
    holds: (welch, a, few) => {
      expect(welch(a, few)).toEqual({ kind: "tooFew", nA: a.length, nB: few.length });
      expect(welch(few, a)).toEqual({ kind: "tooFew", nA: few.length, nB: a.length });
    },
    rejects: { "NaN for a one-row bucket": [alwaysTested, [1, 2], [1]] },
  });

  law("names constants: equal -> noVariance; different -> t = +-Infinity, df 1, p 0 or 1", {
    for: [],
    holds: (welch) => {
      expect(welch([0.1, 0.1, 0.1], [0.1, 0.1])).toEqual({ kind: "noVariance", nA: 3, nB: 2 });
      expect(welch([1, 1], [0, 0])).toMatchObject({ kind: "tested", t: Number.POSITIVE_INFINITY, df: 1, p: 0 });
      expect(welch([0, 0], [1, 1])).toMatchObject({ kind: "tested", t: Number.NEGATIVE_INFINITY, df: 1, p: 1 });
    },
    rejects: { "NaN for equal constants": [alwaysTested] },
  });

  law("rejects a non-finite value: NaN, Inf -> NonFiniteError", {
    for: [bucket, nonFinite],
    holds: (welch, a, bad) => expect(() => welch(a, [...a, bad])).toThrow(/finite/),
    rejects: { "a value that is left out": [finiteOnly, [1, 2], Number.NaN] },
  });
});
