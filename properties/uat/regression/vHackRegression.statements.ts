import { expect } from "vitest";
import type { BootstrapInterval } from "../../../src/numeric/clusterBootstrap.ts";
import type { PoolComparison } from "../../../src/uat/regression/compareOnPool.ts";
import type { HackedRow } from "../../../src/uat/common/scoredRows.ts";
import type { VHackBaseline } from "../../../src/uat/regression/vHackBaseline.ts";
import type { ModuleComparison } from "../../../src/vhack/compareVHack.ts";
import { plainMean, plainT, plainVariance } from "../../reference/plainTests.ts";
import { expectNear } from "../../support/tolerance.ts";

type Compare = (hacked: readonly HackedRow[], older: Float64Array, newer: Float64Array, seed: number) => PoolComparison;
type Regress = (baseline: VHackBaseline, modules: readonly ModuleComparison[], pool: PoolComparison) => string[];

/** A hacked row whose cosines are whole numbers: what is constant is so exactly. */
export type Pair = readonly [isPure: boolean, older: number, newer: number];

const axes = [Float64Array.of(1, 0), Float64Array.of(0, 1)] as const;

/** t and Cohen's d of one of the two cosines; NaN where there is no test. */
function plainFigures(rows: readonly Pair[], which: 1 | 2): { t: number; effect: number } {
  const [pure, correct] = [true, false].map((isPure) =>
    rows.filter((row) => row[0] === isPure).map((row) => row[which]),
  ) as [number[], number[]];
  if (pure.length < 2 || correct.length < 2) return { t: Number.NaN, effect: Number.NaN };
  const pooled =
    ((pure.length - 1) * plainVariance(pure) + (correct.length - 1) * plainVariance(correct)) /
    (pure.length + correct.length - 2);
  return { t: plainT(pure, correct), effect: (plainMean(pure) - plainMean(correct)) / Math.sqrt(pooled) };
}

function expectSpan(interval: BootstrapInterval | null, values: readonly number[], what: string): void {
  const finite = values.filter(Number.isFinite);
  expect(interval === null, `${what}: no interval where no resample has a figure`).toBe(finite.length === 0);
  if (interval === null) return;
  expectNear(interval.low, Math.min(...finite), `${what}: low of ${finite.join()}`);
  expectNear(interval.high, Math.max(...finite), `${what}: high of ${finite.join()}`);
}

export const vHackRegressionLaws = {
  /**
   * Of two problems a resample holds one twice or both, each in a quarter of the draws or more: the 95% intervals span what these give.
   * Draws without a test for either direction are left out, and those whose figure is infinite.
   */
  resamplesProblems(compare: Compare, first: readonly Pair[], second: readonly Pair[], seed: number): void {
    const rows = [first, second].flatMap((pairs, problem) =>
      pairs.map(([isPure, ...cosines]) => ({
        gtPass: !isPure,
        compLen: 1,
        problem,
        unit: Float64Array.from(cosines),
        recorded: null,
      })),
    );
    const found = compare(rows, ...axes, seed);
    const draws = [
      [...first, ...first],
      [...first, ...second],
      [...second, ...second],
    ].map((drawn) => ({ was: plainFigures(drawn, 1), is: plainFigures(drawn, 2) }));
    const tested = draws.filter(({ was, is }) => !Number.isNaN(was.t) && !Number.isNaN(is.t));
    expectSpan(
      found.tOfNewer,
      tested.map(({ is }) => is.t),
      "t of the newer",
    );
    expectSpan(
      found.tChange,
      tested.map(({ was, is }) => is.t - was.t),
      "change of t",
    );
    expectSpan(
      found.effectChange,
      tested.map(({ was, is }) => is.effect - was.effect),
      "change of effect",
    );
    for (const [figures, which] of [
      [found.older, 1],
      [found.newer, 2],
    ] as const) {
      const plain = plainFigures([...first, ...second], which);
      expect(figures === null, "no figures where there is no test").toBe(Number.isNaN(plain.t));
      if (figures === null) continue;
      expectNear(figures.t, plain.t, "t");
      expectNear(figures.effectSize, plain.effect, "effect size");
    }
  },

  /** One sentence for each of three comparisons that does not hold; with nothing to compare none holds. */
  namesWhatFell(
    regress: Regress,
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
    if (signs !== undefined && shares.length > 0)
      expect(signs).toContain(`in ${(100 * plainMean(shares)).toFixed(0)}%`);
  },
};
