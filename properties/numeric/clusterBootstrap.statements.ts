import { expect } from "vitest";
import type { BootstrapInterval } from "../../src/numeric/clusterBootstrap.ts";
import { mean } from "../../src/numeric/moments.ts";
import { type Rng, seededRng } from "../../src/numeric/rng.ts";
import { hoeffding } from "../support/tolerance.ts";

type Bootstrap = (
  clusters: readonly (readonly number[])[],
  statistic: (rows: readonly number[]) => number | null,
  level: number,
  draws: number,
  rng: Rng,
) => BootstrapInterval | null;

/** Laws of a bootstrap over clusters, for the real one and for its mutants. */
export const bootstrapLaws = {
  ignoresCopies(bootstrap: Bootstrap): void {
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

  covers(bootstrap: Bootstrap): void {
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
};
