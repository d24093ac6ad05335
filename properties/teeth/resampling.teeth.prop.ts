import { describe, expect, it } from "vitest";
import { clusterBootstrap } from "../../src/numeric/clusterBootstrap.ts";
import { lineFit } from "../../src/numeric/lineFit.ts";
import { randomUnitVector } from "../../src/numeric/randomUnitVector.ts";
import type { Rng } from "../../src/numeric/rng.ts";
import { withinGroupPermutation } from "../../src/numeric/withinGroupPermutation.ts";
import { bootstrapLaws } from "../numeric/clusterBootstrap.statements.ts";
import { lineFitLaws } from "../numeric/lineFit.statements.ts";
import { momentLaws } from "../numeric/moments.statements.ts";
import { directionLaws } from "../numeric/randomUnitVector.statements.ts";
import { permutationLaws } from "../numeric/resampling.statements.ts";

type Keys = readonly (number | string)[];
type Numbers = readonly number[];
type Marks = readonly boolean[];

const rejects = (law: () => void) => expect(law).toThrow();

describe("teeth: withinGroupPermutation", () => {
  const acrossGroups = (values: Numbers, labels: Marks, groups: Keys, draws: number, rng: Rng) =>
    withinGroupPermutation(
      values,
      labels,
      groups.map(() => "one"),
      draws,
      rng,
    );
  const negated = (values: Numbers, labels: Marks, groups: Keys, draws: number, rng: Rng) =>
    withinGroupPermutation(
      values.map((value) => -value),
      labels,
      groups,
      draws,
      rng,
    );
  const twoSided = (values: Numbers, labels: Marks, groups: Keys, draws: number, rng: Rng) => {
    const { p } = withinGroupPermutation(values, labels, groups, draws, rng);
    return { p: 2 * Math.min(p, 1 - p) };
  };
  const withoutTheReal = (values: Numbers, labels: Marks, groups: Keys, draws: number, rng: Rng) => {
    const { p } = withinGroupPermutation(values, labels, groups, draws, rng);
    return { p: (p * (1 + draws) - 1) / draws };
  };
  const strictlyAbove = (values: Numbers, labels: Marks, groups: Keys, draws: number, rng: Rng) => ({
    p:
      1 +
      1 / draws -
      withinGroupPermutation(
        values.map((value) => -value),
        labels,
        groups,
        draws,
        rng,
      ).p,
  });

  it("uniform under the null rejects: permuting across problems", () =>
    rejects(() => permutationLaws.isUniformUnderNull(acrossGroups)));
  it("a planted effect rejects: the other side", () => rejects(() => permutationLaws.findsPlantedEffect(negated, 1)));
  it("a planted effect rejects: two sides", () => rejects(() => permutationLaws.findsPlantedEffect(twoSided, 1)));
  it("never zero rejects: a p of zero", () => rejects(() => permutationLaws.neverZero(withoutTheReal)));
  it("ties rejects: ties counted for the claim", () => rejects(() => permutationLaws.countsTiesAgainst(strictlyAbove)));
});

describe("teeth: clusterBootstrap", () => {
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

  it("coverage and copies rejects: resampling rows", async () => {
    await rejects(() => bootstrapLaws.ignoresCopies(byRow));
    await rejects(() => bootstrapLaws.covers(byRow));
  });
  it("coverage rejects: an interval of the wrong level", () => rejects(() => bootstrapLaws.covers(halfTail)));
});

describe("teeth: lineFit", () => {
  const throughOrigin: typeof lineFit = (x, y) => {
    const slope = x.reduce((s, v, i) => s + v * y[i]!, 0) / x.reduce((s, v) => s + v * v, 0);
    return { slope, intercept: 0, residuals: y.map((v, i) => v - slope * x[i]!), rSquared: 0 };
  };
  const meanOnly: typeof lineFit = (_x, y) =>
    lineFit(
      y.map(() => 0),
      y,
    );
  const swapped: typeof lineFit = (x, y) => lineFit(y, x);
  const rounded: typeof lineFit = (x, y) => {
    const fit = lineFit(x, y);
    return { ...fit, residuals: fit.residuals.map((residual, i) => residual + 1e-16 * (i + 1)) };
  };
  it("orthogonal residuals rejects: a line through the origin", () =>
    rejects(() => lineFitLaws.leavesResidualsOrthogonal(throughOrigin, [1, 2, 3], [5, 5, 6])));
  it("a planted line rejects: taking off the mean alone", () =>
    rejects(() => lineFitLaws.removesPlantedLine(meanOnly, [1, 2, 4], 2, 1)));
  it("adding up rejects: regressing x on y", () => rejects(() => lineFitLaws.addsUp(swapped, [1, 2, 4], [5, 9, 1])));
  it("a planted line rejects: rounding left as residual", () =>
    rejects(() => lineFitLaws.removesPlantedLine(rounded, [1, 2, 4], 2, 1)));
});

describe("teeth: randomUnitVector", () => {
  it("unit length rejects: a direction that is not normalised", () =>
    rejects(() => directionLaws.hasUnitLength((r, rng) => randomUnitVector(r, rng).map((x) => 2 * x), 3, 1)));
  it("uniformity rejects: a normalised cube", () =>
    rejects(() =>
      directionLaws.isUniformOnCircle((r, rng) => {
        const cube = Float64Array.from({ length: r }, () => 2 * rng.uniform() - 1);
        const length = Math.hypot(...cube);
        return cube.map((x) => x / length);
      }),
    ));
  it("uniformity rejects: uniform draws of one sign", () =>
    rejects(() => directionLaws.isUniformOnCircle((r, rng) => randomUnitVector(r, rng).map(Math.abs))));
});

describe("teeth: mean, variance", () => {
  it("constants rejects: the plain sum over n on constants", () =>
    rejects(() => momentLaws.exactOnConstants((x) => x.reduce((s, v) => s + v, 0) / x.length, 0.1, 3)));
  it("a sum over n rejects: the median", () => rejects(() => momentLaws.isSumOverN((x) => x[1]!, [0, 1, 9])));
  it("no bias rejects: the biased variance", () =>
    rejects(() => momentLaws.isUnbiased((x) => x.reduce((s, v) => s + (v - 4) ** 2, 0) / x.length)));
});
