import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJson, writeJson } from "../../../src/artifact/jsonFile.ts";
import { ArtifactError } from "../../../src/errors.ts";
import { compareOnPool } from "../../../src/uat/regression/compareOnPool.ts";
import type { HackedRow } from "../../../src/uat/common/scoredRows.ts";
import { readBaseline, writeBaseline, type VHackBaseline } from "../../../src/uat/regression/vHackBaseline.ts";
import { meanLargestAngle, meanSignAgreement, regressions } from "../../../src/uat/regression/vHackRegression.ts";
import { compareVHack } from "../../../src/vhack/compareVHack.ts";
import { seededRng } from "../../../src/numeric/rng.ts";
import { withTemporaryFile } from "../../support/temporaryFile.ts";
import { toothModules } from "../../vhack/directions.ts";
import { type Pair, vHackRegressionLaws } from "./vHackRegression.statements.ts";

const baseline: VHackBaseline = {
  t: 5,
  tLow: 3,
  tHigh: 7,
  effectSize: 1,
  largestAngleDegrees: 10,
  provenance: {
    why: "w",
    source: "s",
    vHackSha256: "v",
    modelHash: "m",
    pairsSha256: "p",
    contrasts: "c",
    problems: 6,
    rows: 48,
    seed: 1,
    softwareVersion: "x",
  },
};

/** Pure hacks lean along the first axis. */
function hackedRows(seed: number, lean: number): HackedRow[] {
  const rng = seededRng(seed, "hacked rows");
  return Array.from({ length: 48 }, (_, i) => {
    const gtPass = rng.uniform() < 0.5;
    const g = [rng.normal() + (gtPass ? 0 : lean), rng.normal(), rng.normal()];
    const length = Math.hypot(...g);
    return {
      gtPass,
      compLen: 10,
      problem: Math.floor(i / 8),
      unit: Float64Array.from(g, (value) => value / length),
      recorded: null,
    };
  });
}

const [along, across] = [Float64Array.of(1, 0, 0), Float64Array.of(0, 1, 0)];
const same = compareVHack(toothModules(), toothModules());

const cosine = fc.integer({ min: -4, max: 4 });
const pairs: fc.Arbitrary<Pair[]> = fc.array(fc.tuple(fc.boolean(), cosine, cosine), { minLength: 1, maxLength: 5 });
const mixed: Pair[] = [
  [true, 3, 1],
  [true, 2, 2],
  [false, -1, 3],
  [false, 1, 0],
];
/** Resamples of one problem: no correct row; a single row of each kind; an older direction that nothing moves, and a newer one. */
const narrow: readonly Pair[][] = [
  [[true, 1, 2]],
  [
    [true, 2, 1],
    [false, 1, 3],
  ],
  [
    [true, 1, 2],
    [true, 1, 3],
    [false, 1, 1],
    [false, 1, 0],
  ],
  [
    [true, 2, 1],
    [true, 3, 1],
    [false, 1, 1],
    [false, 0, 1],
  ],
];

describe("compareOnPool", () => {
  it("finds no change in itself: t equal, change 0 in every resample", () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (seed) => {
        const { older, newer, tChange, effectChange } = compareOnPool(hackedRows(seed, 2), along, along, seed);
        expect(newer).toEqual(older);
        expect([tChange!.low, tChange!.high, effectChange!.low, effectChange!.high].map(Math.abs)).toEqual([
          0, 0, 0, 0,
        ]);
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

  // ELSE the change that decides about a new v_hack has the interval of another pool, or a small pool ends in an exception
  it("resamples problems whole: of two, the intervals span twice the one, both, twice the other, as far as these are finite", () =>
    fc.assert(
      fc.property(pairs, pairs, fc.nat(), (first, second, seed) =>
        vHackRegressionLaws.resamplesProblems(compareOnPool, first, second, seed),
      ),
      {
        numRuns: narrow.length + 4,
        examples: narrow.map((few) => [mixed, few, 1]),
      },
    ));

  it("has no interval where there are no rows", () =>
    expect(compareOnPool([], along, across, 1)).toEqual({
      older: null,
      newer: null,
      tOfNewer: null,
      tChange: null,
      effectChange: null,
    }));
});

const turns = fc
  .array(fc.constantFrom(0, 0.1, 0.2, 0.4), { maxLength: 3 })
  .map((angles) => Float64Array.from(angles).sort());
const modules = fc.array(
  fc
    .record({ anglesRadians: turns, signAgreement: fc.constantFrom(0, 0.5, 1, Number.NaN) })
    .map((told) => ({ ...told, moduleName: "m", singularRatios: new Float64Array(0) })),
  { maxLength: 3 },
);

const pool = compareOnPool(hackedRows(1, 4), along, along, 1);

describe("regressions", () => {
  // ELSE a v_hack that is no better than the tolerance allows takes the baseline's place, or one at the bound is refused
  it("names what fell and nothing else: t < tLow, angle > bound, signs <= half; the bounds themselves hold", () =>
    fc.assert(
      fc.property(
        modules,
        fc.constantFrom(pool, { ...pool, newer: null }),
        fc.constantFrom(-1, 0, 1),
        (found, on, above) => {
          const atTheBound = found.length === 1 ? [meanLargestAngle(found)] : [];
          for (const largestAngleDegrees of [9, 20, ...atTheBound])
            vHackRegressionLaws.namesWhatFell(
              regressions,
              { ...baseline, tLow: pool.newer!.t + above, largestAngleDegrees },
              on,
              found,
            );
        },
      ),
    ));

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

  // ELSE a baseline that lost its bound or its reason is compared with as if it were whole
  it("needs every field, and an angle that leaves room: without one, or with 0 -> ArtifactError", async () =>
    withTemporaryFile("baseline.json", async (path) => {
      await writeBaseline(path, baseline);
      const written = Object.entries(Object(await readJson(path)));
      const without = written.map((_, left) => written.filter((_field, i) => i !== left));
      const broken = [
        ...without,
        [...written, ["largest_angle_degrees", 0]],
        [...written, ["provenance", { why: "" }]],
      ];
      for (const fields of broken) {
        await writeJson(path, Object.fromEntries(fields));
        await expect(readBaseline(path)).rejects.toThrow(ArtifactError);
      }
    }));
});
