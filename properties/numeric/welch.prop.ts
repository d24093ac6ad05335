import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { welchGreater } from "../../src/numeric/welch.ts";
import { nonFinite } from "../support/arbitraries.ts";
import { welchLaws } from "./welch.statements.ts";

const small = fc.integer({ min: -50, max: 50 });
const bucket = fc.array(small, { minLength: 2, maxLength: 12 });

describe("welchGreater", () => {
  // ELSE R4's verdict is not the note's test
  it("agrees with scipy: t, df, p of a worked example", () => welchLaws.agreesWithScipy(welchGreater));

  // ELSE R4 depends on the unit of the cosine (cos_S_contrib or cos_S_normalized)
  it("is invariant to scale and shift: test(c a + d, c b + d) = test(a, b), c > 0", () => {
    fc.assert(
      fc.property(bucket, bucket, fc.integer({ min: -300, max: 300 }), fc.integer({ min: -9, max: 9 }), (a, b, c, d) =>
        welchLaws.isAffineInvariant(welchGreater, a, b, c, d),
      ),
    );
  });

  it("is antisymmetric: t(b, a) = -t(a, b), p(a, b) + p(b, a) = 1", () => {
    fc.assert(fc.property(bucket, bucket, (a, b) => welchLaws.isAntisymmetric(welchGreater, a, b)));
  });

  it("is monotone: raising every a raises t and lowers p", () => {
    fc.assert(
      fc.property(bucket, bucket, fc.integer({ min: 1, max: 9 }), (a, b, lift) =>
        welchLaws.isMonotone(welchGreater, a, b, lift),
      ),
    );
  });

  // ELSE a one-row bucket gives NaN, which compares false with every threshold and reads as "no effect"
  it("reports small buckets with their counts: n < 2 -> tooFew", () => {
    fc.assert(
      fc.property(bucket, fc.array(small, { maxLength: 1 }), (a, few) =>
        welchLaws.countsSmallBuckets(welchGreater, a, few),
      ),
    );
  });

  it("reports constants: equal -> noVariance; different -> t = +-Infinity, df 1, p 0 or 1", () => {
    expect(welchGreater([0.1, 0.1, 0.1], [0.1, 0.1])).toEqual({ kind: "noVariance", nA: 3, nB: 2 });
    expect(welchGreater([1, 1], [0, 0])).toMatchObject({ kind: "tested", t: Number.POSITIVE_INFINITY, df: 1, p: 0 });
    expect(welchGreater([0, 0], [1, 1])).toMatchObject({ kind: "tested", t: Number.NEGATIVE_INFINITY, df: 1, p: 1 });
  });

  it("rejects a non-finite value: NaN, Inf -> NonFiniteError", () => {
    fc.assert(
      fc.property(bucket, nonFinite, (a, bad) => {
        expect(() => welchGreater(a, [...a, bad])).toThrow(/finite/);
      }),
    );
  });
});
