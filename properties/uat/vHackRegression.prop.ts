import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeJson } from "../../src/artifact/jsonFile.ts";
import { ArtifactError } from "../../src/errors.ts";
import { compareOnPool } from "../../src/uat/compareOnPool.ts";
import type { HackedRow } from "../../src/uat/scoredRows.ts";
import { readBaseline, writeBaseline, type VHackBaseline } from "../../src/uat/vHackBaseline.ts";
import { meanLargestAngle, meanSignAgreement, regressions } from "../../src/uat/vHackRegression.ts";
import { compareVHack } from "../../src/vhack/compareVHack.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";
import { toothModules } from "../vhack/directions.ts";

const baseline: VHackBaseline = {
  t: 5, tLow: 3, tHigh: 7, effectSize: 1, largestAngleDegrees: 10,
  provenance: { why: "w", source: "s", vHackSha256: "v", modelHash: "m", pairsSha256: "p", contrasts: "c", problems: 6, rows: 48, seed: 1, softwareVersion: "x" },
};

/** Pure hacks lean along the first axis. */
function hackedRows(seed: number, lean: number): HackedRow[] {
  const rng = seededRng(seed, "hacked rows");
  return Array.from({ length: 48 }, (_, i) => {
    const gtPass = rng.uniform() < 0.5;
    const g = [rng.normal() + (gtPass ? 0 : lean), rng.normal(), rng.normal()];
    const length = Math.hypot(...g);
    return { gtPass, compLen: 10, problem: Math.floor(i / 8), unit: Float64Array.from(g, (value) => value / length), recorded: null };
  });
}

const [along, across] = [Float64Array.of(1, 0, 0), Float64Array.of(0, 1, 0)];
const same = compareVHack(toothModules(), toothModules());

describe("compareOnPool", () => {
  it("finds no change in itself: t equal, change 0 in every resample", () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (seed) => {
        const { older, newer, tChange, effectChange } = compareOnPool(hackedRows(seed, 2), along, along, seed);
        expect(newer).toEqual(older);
        expect([tChange!.low, tChange!.high, effectChange!.low, effectChange!.high].map(Math.abs)).toEqual([0, 0, 0, 0]);
      }),
      { numRuns: 5 },
    ));

  // ELSE a v_hack that lost its signal is within the noise of the comparison
  it("sees a lost signal: the paired interval of t lies below 0, at five seeds", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { older, newer, tChange } = compareOnPool(hackedRows(seed, 4), along, across, seed);
      expect(older!.t).toBeGreaterThan(newer!.t);
      expect(tChange!.high).toBeLessThan(0);
      const back = compareOnPool(hackedRows(seed, 4), across, along, seed).tChange!;
      expect(back.low).toBeGreaterThan(0);
    }
  });
});

describe("regressions", () => {
  const pool = compareOnPool(hackedRows(1, 4), along, along, 1);
  const within = { ...baseline, tLow: pool.newer!.t - 1 };

  it("has none for the baseline's own v_hack, at t = tLow as well", () => {
    expect(regressions(within, same, pool)).toEqual([]);
    expect(regressions({ ...within, tLow: pool.newer!.t }, same, pool)).toEqual([]);
  });

  it("names what fell: t, angle, sign; one sentence each; no test counts as fallen", () => {
    expect(regressions({ ...within, tLow: pool.newer!.t + 1 }, same, pool).join()).toMatch(/^T4 fell[^;]*$/);
    expect(regressions(within, same, { ...pool, newer: null }).join()).toMatch(/T4 fell: t NaN/);
    const turned = same.map((module) => ({ ...module, anglesRadians: module.anglesRadians.map(() => 0.2) }));
    expect(meanLargestAngle(turned)).toBeCloseTo((0.2 * 180) / Math.PI, 9);
    expect(regressions(within, turned, pool).join()).toMatch(/^the subspace turned by 11.5 degrees/);
    const flipped = same.map((module) => ({ ...module, signAgreement: 0 }));
    expect(meanSignAgreement(flipped)).toBe(0);
    expect(regressions(within, flipped, pool).join()).toMatch(/^the rows' signs agree in 0%/);
    expect(regressions(within, [], pool)).toHaveLength(2);
  });
});

describe("readBaseline", () => {
  it("round-trips: read(write(x)) = x; rejects another schema -> ArtifactError", async () =>
    withTemporaryFile("baseline.json", async (path) => {
      await writeBaseline(path, baseline);
      expect(await readBaseline(path)).toEqual(baseline);
      await writeJson(path, { schema: "vhack-baseline-0" });
      await expect(readBaseline(path)).rejects.toThrow(ArtifactError);
    }));
});
