import fc from "fast-check";
import { expect } from "vitest";
import { clusterBootstrap } from "../../src/numeric/clusterBootstrap.ts";
import { mean } from "../../src/numeric/moments.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { anyExponent, inUnit, moderate, runSeed } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { hoeffding } from "../support/tolerance.ts";

const anyClusters = fc.array(fc.array(moderate, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });

const byRow: typeof clusterBootstrap = (clusters, statistic, level, draws, rng) =>
  clusterBootstrap(
    clusters.flat().map((row) => [row]),
    statistic,
    level,
    draws,
    rng,
  );
const halfTail: typeof clusterBootstrap = (clusters, statistic, level, draws, rng) =>
  clusterBootstrap(clusters, statistic, 1 - 4 * (1 - level), draws, rng);
const turnedRound: typeof clusterBootstrap = (...given) => {
  const interval = clusterBootstrap(...given);
  return interval && { ...interval, low: interval.high, high: interval.low };
};
const uncounted: typeof clusterBootstrap = (...given) => {
  const interval = clusterBootstrap(...given);
  return interval && { ...interval, undefinedDraws: 0 };
};

lawsOf("clusterBootstrap", clusterBootstrap, (law) => {
  law("resamples clusters, not rows: copies within a cluster do not narrow the interval", {
    else: "320 rollouts of 40 problems are counted as 320 independent rows, and the interval is too narrow",
    for: [],
    holds: (bootstrap) => {
      const rng = seededRng(5, "levels");
      const levels = Array.from({ length: 12 }, () => rng.normal());
      const width = (copies: number) => {
        const clusters = levels.map((level) => Array.from({ length: copies }, () => level));
        const interval = bootstrap(clusters, mean, 0.9, 300, seededRng(5))!;
        return interval.high - interval.low;
      };
      // same clusters drawn from the same stream: the same means, up to summing 8 copies
      expect(Math.abs(width(8) - width(1))).toBeLessThanOrEqual(1e-12);
    },
    rejects: { "resampling rows": [byRow] },
  });

  law("covers: the 90% interval holds the true mean in 90% of trials, within Hoeffding", {
    for: [],
    holds: (bootstrap) => {
      const trials = 150;
      let covered = 0;
      for (let trial = 0; trial < trials; trial++) {
        const rng = seededRng(5, "coverage", trial);
        const clusters = Array.from({ length: 30 }, () => {
          const level = rng.normal();
          return Array.from({ length: 4 }, () => level + 0.1 * rng.normal());
        });
        const interval = bootstrap(clusters, mean, 0.9, 150, rng)!;
        if (interval.low <= 0 && 0 <= interval.high) covered++;
      }
      expect(Math.abs(covered / trials - 0.9)).toBeLessThanOrEqual(hoeffding(trials, 1e-4));
    },
    rejects: { "resampling rows": [byRow], "an interval of the wrong level": [halfTail] },
  });

  law("bounds: min <= low <= high <= max for a mean", {
    for: [anyClusters, runSeed],
    holds: (bootstrap, clusters, seed) => {
      const interval = bootstrap(clusters, (rows) => mean(rows), 0.9, 40, seededRng(seed))!;
      const all = clusters.flat();
      const slack = 1e-12 * Math.max(...all.map(Math.abs));
      expect(interval.low).toBeLessThanOrEqual(interval.high);
      expect(interval.low).toBeGreaterThanOrEqual(Math.min(...all) - slack);
      expect(interval.high).toBeLessThanOrEqual(Math.max(...all) + slack);
    },
    rejects: { "an interval turned round": [turnedRound, [[1], [2], [3]], 1] },
  });

  law("follows the unit: interval(2^k x) = 2^k interval(x) of a mean, for k of -900 to 900", {
    for: [
      fc.array(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 4 }), { minLength: 1 }),
      anyExponent,
    ],
    holds: (bootstrap, clusters, k) => {
      const plain = bootstrap(clusters, mean, 0.9, 40, seededRng(1))!;
      const scaled = bootstrap(
        clusters.map((rows) => inUnit(rows, k)),
        mean,
        0.9,
        40,
        seededRng(1),
      )!;
      expect([scaled.low, scaled.high]).toEqual(inUnit([plain.low, plain.high], k));
    },
    rejects: {
      "ends rounded to 1e-12": [
        (...given) => {
          const interval = clusterBootstrap(...given);
          return interval && { ...interval, low: Math.round(interval.low * 1e12) / 1e12 };
        },
        [[1], [2], [3]],
        -600,
      ],
    },
  });

  law("counts draws without a statistic, and answers null when none has one", {
    for: [],
    holds: (bootstrap) => {
      const odd = bootstrap([[1], [2]], (rows) => (rows[0] === 1 ? null : rows[0]!), 0.9, 60, seededRng(1))!;
      expect(odd.undefinedDraws).toBeGreaterThan(0);
      expect([odd.low, odd.high]).toEqual([2, 2]);
      expect(bootstrap([[1]], () => null, 0.9, 5, seededRng(1))).toBeNull();
    },
    rejects: { "draws left out and not counted": [uncounted] },
  });

  law("rejects no clusters -> ShapeError", {
    for: [],
    holds: (bootstrap) => expect(() => bootstrap([], () => 1, 0.9, 5, seededRng(1))).toThrow(/at least one cluster/),
    rejects: { "null for no clusters": [() => null] },
  });
});
