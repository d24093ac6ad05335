import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { norm } from "../../../src/numeric/linalg/norm.ts";
import { rejects } from "../../support/rejects.ts";
import { finiteDouble } from "../../support/arbitraries.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../../support/tolerance.ts";

type Norm = (x: ArrayLike<number>) => number;

/** Entries of one size that may be anything from 2^-1000 to 2^1000: squares overflow and underflow, the norm does neither. */
const vectors = fc
  .tuple(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 8 }), fc.integer({ min: -1000, max: 1000 }))
  .map(([entries, e]) => entries.map((x) => x * 2 ** e));

function agreesWithHypot(norm: Norm, x: readonly number[]): void {
  const reference = Math.hypot(...x);
  expectWithin(
    norm(x),
    reference,
    gamma(2 * x.length + 8, unitRoundoff64) * reference + Number.MIN_VALUE * x.length,
    "norm",
  );
}

describe("norm", () => {
  it("agrees with Math.hypot: at any size of entries", () =>
    fc.assert(fc.property(vectors, (x) => agreesWithHypot(norm, x))));

  it("is zero for zeros only: norm(x) = 0 <-> x = 0", () =>
    fc.assert(
      fc.property(fc.array(finiteDouble, { maxLength: 6 }), (x) => {
        expect(norm(x) === 0).toBe(x.every((value) => value === 0));
      }),
    ));

  it("agreement with Math.hypot rejects: the root of the plain sum of squares, the largest entry, the sum of magnitudes", async () => {
    const plain: Norm = (x) => Math.sqrt(Array.from(x).reduce((sum, value) => sum + value * value, 0));
    await rejects(() => agreesWithHypot(plain, [3 * 2 ** -600, 4 * 2 ** -600]));
    await rejects(() => agreesWithHypot((x) => Math.max(...Array.from(x, Math.abs)), [3, 4]));
    await rejects(() => agreesWithHypot((x) => Array.from(x).reduce((sum, value) => sum + Math.abs(value), 0), [3, 4]));
  });
});
