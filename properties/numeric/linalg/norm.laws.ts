import fc from "fast-check";
import { expect } from "vitest";
import { norm } from "../../../src/numeric/linalg/norm.ts";
import { finiteDouble } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../../support/tolerance.ts";

/** Entries of one size that may be anything from 2^-1000 to 2^1000: squares overflow and underflow, the norm does neither. */
const vectors = fc
  .tuple(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 8 }), fc.integer({ min: -1000, max: 1000 }))
  .map(([entries, e]) => entries.map((x) => x * 2 ** e));

const plainSquares: typeof norm = (x) => Math.sqrt(Array.from(x).reduce((sum, value) => sum + value * value, 0));
const largest: typeof norm = (x) => Math.max(...Array.from(x, Math.abs));
const sumOfMagnitudes: typeof norm = (x) => Array.from(x).reduce((sum, value) => sum + Math.abs(value), 0);

lawsOf("norm", norm, (law) => {
  law("agrees with Math.hypot: at any size of entries", {
    for: [vectors],
    holds: (length, x) => {
      const reference = Math.hypot(...x);
      const bound = gamma(2 * x.length + 8, unitRoundoff64) * reference + Number.MIN_VALUE * x.length;
      expectWithin(length(x), reference, bound, "norm");
    },
    rejects: {
      "the root of the plain sum of squares": [plainSquares, [3 * 2 ** -600, 4 * 2 ** -600]],
      "the largest entry": [largest, [3, 4]],
      "the sum of magnitudes": [sumOfMagnitudes, [3, 4]],
    },
  });

  law("is zero for zeros only: norm(x) = 0 <-> x = 0", {
    for: [fc.array(finiteDouble, { maxLength: 6 })],
    holds: (length, x) => expect(length(x) === 0).toBe(x.every((value) => value === 0)),
    rejects: { "the root of the plain sum of squares": [plainSquares, [1e-200]] },
  });
});
