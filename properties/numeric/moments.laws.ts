import fc from "fast-check";
import { expect } from "vitest";
import { deviationUnit, mean, standardDeviation, variance } from "../../src/numeric/moments.ts";
import { anyExponent, inUnit, moderate } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../support/tolerance.ts";

type Moment = (values: readonly number[]) => number;

const values = fc.array(moderate, { minLength: 2, maxLength: 12 });
const size = (x: readonly number[]) => Math.max(...x.map(Math.abs));
const copies = (value: number, n: number) => Array.from({ length: n }, () => value);
const plainMean: Moment = (x) => x.reduce((sum, value) => sum + value, 0) / x.length;

lawsOf<Moment>("mean", mean, (law) => {
  law("is exact on constants: mean(c, ..., c) = c", {
    else: "two buckets of one and the same constant differ by rounding, and t is infinite",
    for: [moderate, fc.integer({ min: 1, max: 20 })],
    holds: (average, c, n) => expect(average(copies(c, n))).toBe(c === 0 ? 0 : c),
    rejects: { "the plain sum over n on constants": [plainMean, 0.1, 3] },
  });

  law("is NaN where there are no values", {
    else: "a comparison that nothing entered counts as one that came out at 0",
    for: [],
    holds: (average) => expect(average([])).toBeNaN(),
    rejects: { "0 for no values": [(x) => (x.length === 0 ? 0 : mean(x))] },
  });

  law("agrees with the sum over n, to rounding", {
    for: [values],
    holds: (average, x) => {
      const bound = gamma(4 * x.length, unitRoundoff64) * 2 * size(x) + Number.MIN_VALUE;
      expectWithin(average(x), plainMean(x), bound, "mean");
    },
    rejects: { "the median": [(x) => x[1]!, [0, 1, 9]] },
  });
});

lawsOf<Moment>(
  "variance",
  (x) => variance(x, 1),
  (law) => {
    law("agrees with numpy: var([1, 2, 4, 9], ddof=1) = 38/3", {
      for: [],
      holds: (spread) => expectWithin(spread([1, 2, 4, 9]), 38 / 3, gamma(16, unitRoundoff64) * 38, "variance"),
      rejects: { "the biased variance": [(x) => x.reduce((sum, value) => sum + (value - 4) ** 2, 0) / x.length] },
    });

    law("is exactly 0 on constants", {
      for: [moderate, fc.integer({ min: 2, max: 20 })],
      holds: (spread, c, n) => expect(spread(copies(c, n))).toBe(0),
      rejects: {
        "squares about the plain mean": [
          (x) => x.reduce((sum, value) => sum + (value - plainMean(x)) ** 2, 0) / (x.length - 1),
          0.1,
          3,
        ],
      },
    });
  },
);

const smallIntegers = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 12 });
const plainRoot: Moment = (x) => Math.sqrt(variance(x, 1));

lawsOf<Moment>("standardDeviation", standardDeviation, (law) => {
  law("is the root of the variance: sd([1, 2, 4, 9])^2 = 38/3", {
    for: [],
    holds: (deviation) =>
      expectWithin(deviation([1, 2, 4, 9]) ** 2, 38 / 3, gamma(16, unitRoundoff64) * 38, "squared deviation"),
    rejects: { "the variance": [(x) => variance(x, 1)] },
  });

  law("follows the unit, bit for bit: sd(2^k x) = 2^k sd(x), for k of -900 to 900", {
    else: "values far below one have no spread, and any difference of theirs is infinitely many deviations",
    for: [smallIntegers, anyExponent],
    holds: (deviation, x, k) => expect(deviation(inUnit(x, k))).toBe(deviation(x) * 2 ** k),
    rejects: {
      "squares that underflow": [plainRoot, [1, 2, 4], -600],
      "squares that overflow": [plainRoot, [1, 2, 4], 600],
    },
  });
});

lawsOf<(...lists: (readonly number[])[]) => number>("deviationUnit", deviationUnit, (law) => {
  law("is the power of two with 1 <= largest deviation / unit < 2; 1 where nothing deviates", {
    for: [smallIntegers, smallIntegers, anyExponent],
    holds: (unitOf, a, b, k) => {
      const lists = [inUnit(a, k), inUnit(b, k)];
      const unit = unitOf(...lists);
      expect(Number.isInteger(Math.log2(unit))).toBe(true);
      const largest = Math.max(...lists.flatMap((x) => x.map((value) => Math.abs(value - mean(x)))));
      if (largest === 0) expect(unit).toBe(1);
      else expect(largest / unit >= 1 && largest / unit < 2, `${largest} in units of ${unit}`).toBe(true);
    },
    rejects: {
      "the largest value": [(...lists) => Math.max(...lists.flat().map(Math.abs)), [3, 3, 6], [1, 1], 0],
      "the first list's": [(first) => deviationUnit(first!), [1, 2], [1, 90], 0],
      "0 where nothing deviates": [(...lists) => (size(lists.flat()) === 3 ? 0 : 1), [3, 3], [3, 3], 0],
    },
  });
});
