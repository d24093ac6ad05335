import fc from "fast-check";
import { expect } from "vitest";
import { mean, variance } from "../../src/numeric/moments.ts";
import { moderate } from "../support/arbitraries.ts";
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

lawsOf<Moment>("variance", variance, (law) => {
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
});
