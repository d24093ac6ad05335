import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusterBootstrap } from "../../src/numeric/clusterBootstrap.ts";
import { mean } from "../../src/numeric/moments.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { moderate, runSeed } from "../support/arbitraries.ts";
import { bootstrapLaws } from "./clusterBootstrap.statements.ts";

const clusters = fc.array(fc.array(moderate, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });

describe("clusterBootstrap", () => {
  // ELSE 320 rollouts of 40 problems are counted as 320 independent rows, and the interval is too narrow
  it("resamples clusters, not rows: copies within a cluster do not narrow the interval", () =>
    bootstrapLaws.ignoresCopies(clusterBootstrap));

  it("covers: the 90% interval holds the true mean in 90% of trials, within Hoeffding", () =>
    bootstrapLaws.covers(clusterBootstrap));

  it("bounds: min <= low <= high <= max for a mean", () => {
    fc.assert(
      fc.property(clusters, runSeed, (drawn, seed) => {
        const interval = clusterBootstrap(drawn, (rows) => mean(rows), 0.9, 40, seededRng(seed))!;
        const all = drawn.flat();
        const slack = 1e-12 * Math.max(...all.map(Math.abs));
        expect(interval.low).toBeLessThanOrEqual(interval.high);
        expect(interval.low).toBeGreaterThanOrEqual(Math.min(...all) - slack);
        expect(interval.high).toBeLessThanOrEqual(Math.max(...all) + slack);
      }),
    );
  });

  it("counts draws without a statistic, and answers null when none has one", () => {
    const odd = clusterBootstrap([[1], [2]], (rows) => (rows[0] === 1 ? null : rows[0]!), 0.9, 60, seededRng(1))!;
    expect(odd.undefinedDraws).toBeGreaterThan(0);
    expect([odd.low, odd.high]).toEqual([2, 2]);
    expect(clusterBootstrap([[1]], () => null, 0.9, 5, seededRng(1))).toBeNull();
  });

  it("rejects no clusters -> ShapeError", () => {
    expect(() => clusterBootstrap([], () => 1, 0.9, 5, seededRng(1))).toThrow(/at least one cluster/);
  });
});
