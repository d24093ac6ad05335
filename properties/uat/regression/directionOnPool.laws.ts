import fc from "fast-check";
import { expect } from "vitest";
import { quantile } from "../../../src/numeric/quantile.ts";
import { welchGreater } from "../../../src/numeric/welch.ts";
import { directionOnPool, type PairedRow } from "../../../src/uat/regression/directionOnPool.ts";
import { anyExponent, inUnit } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../../support/tolerance.ts";

/** Integers, as many as a power of two: means, residuals and sums of squares are exact in float64, whatever the order. */
const bucket = fc
  .constantFrom(2, 4, 8)
  .chain((n) => fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n, maxLength: n }));

const anyBuckets = fc.record({ pure: bucket, correct: bucket, decoy: fc.integer({ min: -9, max: 9 }) });

interface Buckets {
  readonly pure: readonly number[];
  readonly correct: readonly number[];
  readonly decoy: number; // every row's cosine with the other direction
}

/** Rows of both buckets in turn, whose cosines with `which` are these. */
function rowsOf({ pure, correct, decoy }: Buckets, which: "older" | "newer"): PairedRow[] {
  const row = (gtPass: boolean) => (cosine: number, problem: number) => ({
    gtPass,
    problem,
    older: decoy,
    newer: decoy,
    [which]: cosine,
  });
  const [wrong, right] = [pure.map(row(false)), correct.map(row(true))];
  return Array.from({ length: Math.max(wrong.length, right.length) }, (_, i) =>
    [wrong[i], right[i]].filter((one) => one !== undefined),
  ).flat();
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** sum_i (x_i - mean)^2 by pairs: sum_{i<j} (x_i - x_j)^2 / n. */
const squares = (values: readonly number[]) =>
  sum(values.flatMap((a, i) => values.slice(i).map((b) => (a - b) ** 2))) / values.length;

const buckets = { pure: [1, 3, 4, 9], correct: [0, 1], decoy: 2 };

lawsOf("directionOnPool", directionOnPool, (law) => {
  law("compares the buckets of the direction asked for: t, p, d, means and quartiles as worked out from them", {
    else: "a newer v_hack is preferred for an effect that it does not have",
    for: [anyBuckets],
    holds: (onPool, buckets) => {
      const { pure, correct } = buckets;
      const test = welchGreater(pure, correct);
      for (const which of ["older", "newer"] as const) {
        const found = onPool(rowsOf(buckets, which), which);
        if (found === null || test.kind !== "tested") {
          expect([found, test.kind]).toEqual([null, "noVariance"]);
          continue;
        }
        const difference = sum(pure) / pure.length - sum(correct) / correct.length;
        const pooled = Math.sqrt((squares(pure) + squares(correct)) / (pure.length + correct.length - 2));
        expect(found).toMatchObject({ t: test.t, p: test.p, difference });
        // two products, a sum, two quotients and a root, here and there
        if (pooled === 0) expect(found.effectSize).toBe(difference / 0);
        else
          expectWithin(
            found.effectSize,
            difference / pooled,
            gamma(12, unitRoundoff64) * Math.abs(difference / pooled),
            "d",
          );
        for (const [spread, cosines] of [
          [found.pure, pure],
          [found.correct, correct],
        ] as const)
          expect(spread).toEqual({
            n: cosines.length,
            mean: sum(cosines) / cosines.length,
            quartiles: [0.25, 0.5, 0.75].map((q) => quantile(cosines, q)),
          });
      }
    },
    rejects: {
      "the other direction": [(rows, which) => directionOnPool(rows, which === "older" ? "newer" : "older"), buckets],
      "buckets swapped": [
        (rows, which) =>
          directionOnPool(
            rows.map((row) => ({ ...row, gtPass: !row.gtPass })),
            which,
          ),
        buckets,
      ],
      "a deviation pooled without its weights": [
        (rows, which) => {
          const found = directionOnPool(rows, which);
          return found === null ? null : { ...found, effectSize: found.difference / Math.sqrt((139 / 12 + 0.5) / 2) };
        },
        buckets,
      ],
    },
  });

  law("has no test of one row: a bucket of 0 or 1 -> null", {
    else: "a t of one row stands beside a t of fifty",
    for: [anyBuckets],
    holds: (onPool, { pure, correct, decoy }) => {
      for (const short of [
        { pure: pure.slice(0, 1), correct },
        { pure, correct: correct.slice(0, 1) },
        { pure: [], correct },
      ])
        expect(onPool(rowsOf({ ...short, decoy }, "older"), "older")).toBe(null);
    },
    rejects: {
      "a bucket of one row taken twice": [(rows, which) => directionOnPool([...rows, ...rows], which), buckets],
    },
  });

  law("knows no unit: t, p and d of cosines in units of 2^k are the same, for k of -900 to 900", {
    else: "an effect is infinite where cosines are far below one",
    for: [anyBuckets, anyExponent],
    holds: (onPool, { pure, correct, decoy }, k) => {
      const scaled = { pure: inUnit(pure, k), correct: inUnit(correct, k), decoy };
      const figures = (of: Buckets) => {
        const found = onPool(rowsOf(of, "newer"), "newer");
        return found && [found.t, found.p, found.effectSize];
      };
      expect(figures(scaled)).toEqual(figures({ pure, correct, decoy }));
    },
    rejects: {
      "squares that underflow": [
        (rows, which) => {
          const found = directionOnPool(rows, which);
          const deviation = found && found.difference / found.effectSize;
          return found && { ...found, effectSize: found.difference / Math.sqrt(deviation! ** 2) };
        },
        buckets,
        -600,
      ],
    },
  });
});
