import fc from "fast-check";
import { expect } from "vitest";
import { quantile } from "../../src/numeric/quantile.ts";
import { anyExponent, inUnit, moderate } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../support/tolerance.ts";

type Quantile = (values: readonly number[], q: number) => number;

const values = fc.array(moderate, { minLength: 1, maxLength: 12 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const largest = (x: readonly number[]) => Math.max(...x.map(Math.abs));

lawsOf<Quantile>("quantile", quantile, (law) => {
  law("agrees with numpy: quantile([1, 2, 4, 8], q) at q = 0, .25, .5, .9, 1", {
    for: [],
    holds: (of) => {
      // numpy.quantile([8, 1, 4, 2], [0, .25, .5, .9, 1])
      const expected = [
        [0, 1],
        [0.25, 1.75],
        [0.5, 3],
        [0.9, 6.8],
        [1, 8],
      ] as const;
      for (const [q, value] of expected)
        expectWithin(of([8, 1, 4, 2], q), value, gamma(8, unitRoundoff64) * 8, `quantile at ${q}`);
    },
    rejects: {
      "the nearest order statistic": [(x, q) => [...x].sort((a, b) => a - b)[Math.round((x.length - 1) * q)]!],
    },
  });

  law("bounds: min <= quantile <= max, reached at q = 0 and q = 1", {
    for: [values, share],
    holds: (of, x, q) => {
      const slack = gamma(4, unitRoundoff64) * largest(x);
      expect(of(x, 0)).toBe(Math.min(...x));
      expect(of(x, 1)).toBe(Math.max(...x));
      expect(of(x, q)).toBeGreaterThanOrEqual(Math.min(...x) - slack);
      expect(of(x, q)).toBeLessThanOrEqual(Math.max(...x) + slack);
    },
    rejects: { "sorting as text": [(x) => quantile([[...x].map(String).sort()[0]!].map(Number), 0), [10, 9], 0] },
  });

  law("is monotone in q: p <= q -> quantile(p) <= quantile(q), to rounding", {
    for: [values, share, share],
    holds: (of, x, p, q) => {
      const slack = gamma(8, unitRoundoff64) * largest(x);
      expect(of(x, Math.min(p, q))).toBeLessThanOrEqual(of(x, Math.max(p, q)) + slack);
    },
    rejects: { "1 - q": [(x, q) => quantile(x, 1 - q), [1, 2, 3], 0.1, 0.9] },
  });

  law("follows the unit: quantile(2^k x) = 2^k quantile(x), for k of -900 to 900", {
    for: [fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 12 }), share, anyExponent],
    holds: (of, x, q, k) => expect(of(inUnit(x, k), q)).toBe(of(x, q) * 2 ** k),
    rejects: { "an offset": [(x, q) => quantile(x, q) + 1e-9, [1, 2], 0.5, 600] },
  });

  law("is invariant to order: quantile(reverse(x)) = quantile(x)", {
    for: [values, share],
    holds: (of, x, q) => expect(of(x.toReversed(), q)).toBe(of(x, q)),
    rejects: { "values that are not sorted": [(x, q) => x[Math.floor((x.length - 1) * q)]!, [1, 2], 0] },
  });

  law("rejects an empty list, a share outside [0, 1] and NaN -> ShapeError, NonFiniteError", {
    for: [],
    holds: (of) => {
      expect(() => of([], 0.5)).toThrow(/at least one value/);
      expect(() => of([1], 1.5)).toThrow(/q in \[0, 1\]/);
      expect(() => of([1, Number.NaN], 0.5)).toThrow(/got NaN/);
    },
    rejects: {
      "a share clamped into [0, 1]": [(x, q) => quantile(x, Math.min(1, Math.max(0, q)))],
      "NaN sorted to the end": [
        (x, q) =>
          quantile(
            x.map((value) => (value > 0 ? value : Number.MAX_VALUE)),
            q,
          ),
      ],
    },
  });
});
