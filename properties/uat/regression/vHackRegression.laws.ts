import fc from "fast-check";
import { expect } from "vitest";
import { compareOnPool, type PoolComparison } from "../../../src/uat/regression/compareOnPool.ts";
import type { VHackBaseline } from "../../../src/uat/regression/vHackBaseline.ts";
import { meanLargestAngle, meanSignAgreement, regressions } from "../../../src/uat/regression/vHackRegression.ts";
import { compareVHack, type ModuleComparison } from "../../../src/vhack/compareVHack.ts";
import { plainMean } from "../../reference/plainTests.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { toothModules } from "../../vhack/directions.ts";
import { baseline } from "./baseline.ts";
import { hackedRows } from "./hackedRows.ts";

const turns = fc
  .array(fc.constantFrom(0, 0.1, 0.2, 0.4), { maxLength: 3 })
  .map((angles) => Float64Array.from(angles).sort());

const modules = fc.array(
  fc
    .record({ anglesRadians: turns, signAgreement: fc.constantFrom(0, 0.5, 1, Number.NaN) })
    .map((told) => ({ ...told, moduleName: "m", singularRatios: new Float64Array(0) })),
  { maxLength: 3 },
);

const along = Float64Array.of(1, 0, 0);
const pool = compareOnPool(hackedRows(1, 4), along, along, 1);
const within = { ...baseline, tLow: pool.newer!.t - 1 };
const same = compareVHack(toothModules(), toothModules());
const untested = { ...pool, newer: null };
const turned = {
  moduleName: "m",
  anglesRadians: Float64Array.of(0, 0.4),
  signAgreement: 0.5,
  singularRatios: new Float64Array(0),
};

/** One sentence for each of three comparisons that does not hold; with nothing to compare none holds. */
function expectNamed(
  regress: typeof regressions,
  baseline: VHackBaseline,
  pool: PoolComparison,
  modules: readonly ModuleComparison[],
): void {
  const angles = modules
    .flatMap(({ anglesRadians }) => [...anglesRadians].slice(-1))
    .map((angle) => (angle * 180) / Math.PI);
  const shares = modules.flatMap(({ signAgreement }) => (Number.isNaN(signAgreement) ? [] : [signAgreement]));
  const holds = [
    pool.newer !== null && pool.newer.t >= baseline.tLow,
    angles.length > 0 && plainMean(angles) <= baseline.largestAngleDegrees,
    shares.length > 0 && plainMean(shares) > 0.5,
  ];
  const openings = ["T4 fell", "the subspace turned", "the rows' signs agree"];
  const expected = openings.filter((_, i) => !holds[i]);
  const sentences = regress(baseline, modules, pool);
  expect(sentences.map((sentence) => openings.find((opening) => sentence.startsWith(opening)))).toEqual(expected);
  const signs = sentences.find((sentence) => sentence.startsWith(openings[2]!));
  if (signs !== undefined && shares.length > 0) expect(signs).toContain(`in ${(100 * plainMean(shares)).toFixed(0)}%`);
}

lawsOf("regressions", regressions, (law) => {
  law("names what fell and nothing else: t < tLow, angle > bound, signs <= half; the bounds themselves hold", {
    else: "a v_hack that is no better than the tolerance allows takes the baseline's place, or one at the bound is refused",
    for: [modules, fc.constantFrom(pool, untested), fc.constantFrom(-1, 0, 1)],
    holds: (regress, found, on, above) => {
      const atTheBound = found.length === 1 ? [meanLargestAngle(found)] : [];
      for (const largestAngleDegrees of [9, 20, ...atTheBound])
        expectNamed(regress, { ...baseline, tLow: pool.newer!.t + above, largestAngleDegrees }, on, found);
    },
    rejects: {
      silence: [() => [], [turned], untested, 0],
      "the smallest angle": [
        (given, modules, pool) =>
          regressions(
            given,
            modules.map((one) => ({ ...one, anglesRadians: one.anglesRadians.slice(0, 1) })),
            pool,
          ),
        [turned],
        untested,
        0,
      ],
      "a wider bound": [
        (given, ...rest) => regressions({ ...given, largestAngleDegrees: 90 }, ...rest),
        [turned],
        untested,
        0,
      ],
    },
  });

  law("has none for the baseline's own v_hack, at t = tLow as well", {
    for: [],
    holds: (regress) => {
      expect(regress(within, same, pool)).toEqual([]);
      expect(regress({ ...within, tLow: pool.newer!.t }, same, pool)).toEqual([]);
    },
    rejects: {
      "a t at the bound taken for fallen": [
        (given, ...rest) => regressions({ ...given, tLow: given.tLow + 1e-9 }, ...rest),
      ],
    },
  });

  law("names what fell: t, angle, sign; one sentence each; no test counts as fallen", {
    for: [],
    holds: (regress) => {
      expect(regress({ ...within, tLow: pool.newer!.t + 1 }, same, pool).join()).toMatch(/^T4 fell[^;]*$/);
      expect(regress(within, same, { ...pool, newer: null }).join()).toMatch(/T4 fell: t NaN/);
      const turned = same.map((module) => ({ ...module, anglesRadians: module.anglesRadians.map(() => 0.2) }));
      expect(meanLargestAngle(turned)).toBeCloseTo((0.2 * 180) / Math.PI, 9);
      expect(regress(within, turned, pool).join()).toMatch(/^the subspace turned by 11.5 degrees/);
      const flipped = same.map((module) => ({ ...module, signAgreement: 0 }));
      expect(meanSignAgreement(flipped)).toBe(0);
      expect(regress(within, flipped, pool).join()).toMatch(/^the rows' signs agree in 0%/);
      expect(regress(within, [], pool)).toHaveLength(2);
    },
    rejects: {
      "one sentence for all": [(...given) => [regressions(...given).join("; ")]],
    },
  });
});
