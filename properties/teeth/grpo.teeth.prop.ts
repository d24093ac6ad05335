import { describe, it } from "vitest";
import { advantages } from "../../src/loss/advantages.ts";
import { drGrpoLoss, type DrGrpoLoss, type DrGrpoScale, type PolicyTokens } from "../../src/loss/drGrpoLoss.ts";
import { k3Kl } from "../../src/loss/k3Kl.ts";
import { nllLoss } from "../../src/loss/nllLoss.ts";
import { advantageLaws } from "../loss/advantages.statements.ts";
import { lossLaws } from "../loss/losses.statements.ts";
import { sampleOf, toothTokens as tokens } from "../loss/tokens.ts";
import { rejects } from "../support/rejects.ts";

const groups = [[3.5, 0.5, 0.5, 2.5], [0.1, 0.1, 0.1], [1]];
const starts = tokens.completionStarts;

/** A policy loss whose gradients or losses are replaced token by token. */
function policyOf(
  change: (rho: number, A: number, own: { value: number; length: number }, scale: DrGrpoScale) => number,
) {
  return (given: PolicyTokens, scale: DrGrpoScale): DrGrpoLoss => {
    const real = drGrpoLoss(given, scale);
    const dLogps = real.dLogps.map((value, t) => {
      const b = sampleOf(Array.from(given.completionStarts), t);
      const length = given.completionStarts[b + 1]! - given.completionStarts[b]!;
      return change(Math.exp(given.logps[t]! - given.oldLogps[t]!), given.advantages[b]!, { value, length }, scale);
    });
    return { ...real, dLogps };
  };
}

const neverClipped = policyOf((rho, A, _, { denominator }) => (-rho * A) / denominator);
const clippedBothSides = policyOf((rho, _, { value }, { clip }) => (rho > 1 + clip || rho < 1 - clip ? 0 : value));
const wrongSide = policyOf((rho, A, { value }, { clip, denominator }) =>
  (rho > 1 + clip && A < 0) || (rho < 1 - clip && A > 0) ? 0 : value === 0 ? (-rho * A) / denominator : value,
);
const ratioForgotten = policyOf((_, A, { value }, { denominator }) => (value === 0 ? 0 : -A / denominator));
const signFlipped = policyOf((_rho, _A, { value }) => -value);
const perLength = policyOf((_rho, _A, { value, length }) => value / length);
const leaksAtZero = policyOf((rho, _A, { value }) => value - 1e-9 * rho);
const squaredAdvantage = policyOf((rho, A, { value }, { denominator }) =>
  value === 0 ? 0 : (-rho * A * A) / denominator,
);
const maxForMin = (given: PolicyTokens, scale: DrGrpoScale): DrGrpoLoss => {
  const real = drGrpoLoss(given, scale);
  const turned = drGrpoLoss({ ...given, advantages: Array.from(given.advantages, (A) => -A) }, scale);
  return { ...real, loss: -turned.loss, perSampleLoss: turned.perSampleLoss.map((value) => -value) };
};

describe("teeth: nllLoss", () => {
  it("a mean per sample rejects: a sum for the mean, one mean over all tokens, a shifted mask, the sign", async () => {
    const sumForMean = (logps: ArrayLike<number>) => {
      const { loss, perSampleLoss } = nllLoss(logps, starts);
      return { loss, perSampleLoss, dLogps: new Float64Array(logps.length).fill(-1) };
    };
    await rejects(() => lossLaws.nllIsMeanPerSample(sumForMean, tokens));
    const poolMean = (logps: ArrayLike<number>) => ({
      ...nllLoss(logps, starts),
      dLogps: new Float64Array(logps.length).fill(-1 / logps.length),
    });
    await rejects(() => lossLaws.nllIsMeanPerSample(poolMean, tokens));
    const shifted = (logps: ArrayLike<number>) =>
      nllLoss(
        Array.from(logps, (_, t) => logps[Math.max(t - 1, 0)]!),
        starts,
      );
    await rejects(() => lossLaws.nllIsMeanPerSample(shifted, tokens));
    const negated = (logps: ArrayLike<number>) =>
      nllLoss(
        Array.from(logps, (lp) => -lp),
        starts,
      );
    await rejects(() => lossLaws.nllIsMeanPerSample(negated, tokens));
  });
});

describe("teeth: drGrpoLoss", () => {
  it("the definition rejects: max for min, a denominator of the tokens at hand, the mean over samples, another clip", async () => {
    await rejects(() => lossLaws.policyAgreesWithDefinition(maxForMin, tokens));
    await rejects(() =>
      lossLaws.policyAgreesWithDefinition(
        (given, scale) => drGrpoLoss(given, { ...scale, denominator: given.logps.length }),
        tokens,
      ),
    );
    await rejects(() =>
      lossLaws.policyAgreesWithDefinition(
        (given, scale) => ({ ...drGrpoLoss(given, scale), loss: drGrpoLoss(given, scale).loss / 4 }),
        tokens,
      ),
    );
    await rejects(() =>
      lossLaws.policyAgreesWithDefinition((given, scale) => drGrpoLoss(given, { ...scale, clip: 0.3 }), tokens),
    );
  });
  it("agreement with differences rejects: never clipped, clipped on both sides, clipped on the wrong side, the ratio forgotten, the sign", async () => {
    for (const mutant of [neverClipped, clippedBothSides, wrongSide, ratioForgotten, signFlipped])
      await rejects(() => lossLaws.policyAgreesWithDifferences(mutant, tokens));
  });
  it("the edges of the clip rejects: never clipped, both sides, the wrong side, another clip", async () => {
    for (const mutant of [neverClipped, clippedBothSides, wrongSide])
      await rejects(() => lossLaws.policyStopsPastTheEdges(mutant, 0.2));
    await rejects(() =>
      lossLaws.policyStopsPastTheEdges((given, scale) => drGrpoLoss(given, { ...scale, clip: 0.3 }), 0.2),
    );
  });
  it("zero advantage rejects: a leak; odd rejects: a squared advantage; the fixed denominator rejects: division by length", async () => {
    await rejects(() => lossLaws.policyIgnoresZeroAdvantage(leaksAtZero, tokens));
    await rejects(() => lossLaws.policyIsOddInAdvantage(squaredAdvantage, tokens));
    await rejects(() => lossLaws.policyDividesByTheDenominatorOnly(perLength, tokens));
  });
  it("the ratio report rejects: tokens outside for tokens stopped, a histogram without clip edges, means over the batch, a mean of means", async () => {
    const reporting = (change: (real: DrGrpoLoss) => object) => (given: PolicyTokens, scale: DrGrpoScale) => {
      const real = drGrpoLoss(given, scale);
      return { ...real, ratios: { ...real.ratios, ...change(real) } };
    };
    await rejects(() =>
      lossLaws.policyReportsRatios(
        reporting(({ ratios }) => ({ clipFraction: ratios.outsideFraction })),
        tokens,
      ),
    );
    await rejects(() =>
      lossLaws.policyReportsRatios(
        reporting(() => ({ histogram: { edges: [0, 1], counts: [4, 4] } })),
        tokens,
      ),
    );
    await rejects(() =>
      lossLaws.policyReportsRatios(
        reporting(({ ratios }) => ({ perSampleMean: ratios.perSampleMean.map(() => ratios.mean) })),
        tokens,
      ),
    );
    await rejects(() =>
      lossLaws.policyReportsRatios(
        reporting(({ ratios }) => ({ mean: ratios.perSampleMean.reduce((sum, x) => sum + x, 0) / 4 })),
        tokens,
      ),
    );
  });
});

describe("teeth: k3Kl", () => {
  it("not below zero rejects: k1 for k3; the definition rejects: k1 for k3, the arguments swapped, beta forgotten; agreement with differences rejects: the arguments swapped, the sign; zero at the reference rejects: an offset", async () => {
    const k1 = (...given: Parameters<typeof k3Kl>) => ({
      ...k3Kl(...given),
      perSampleK3: Float64Array.from([-1, -1, -1, -1]),
    });
    await rejects(() => lossLaws.klIsNonNegative(k1, tokens));
    await rejects(() => lossLaws.klAgreesWithDefinition(k1, tokens, 0.04));
    const swapped: typeof k3Kl = (logps, refLogps, ...rest) => k3Kl(refLogps, logps, ...rest);
    await rejects(() => lossLaws.klAgreesWithDefinition(swapped, tokens, 0.04));
    await rejects(() => lossLaws.klAgreesWithDifferences(swapped, tokens, 1));
    const unweighted: typeof k3Kl = (logps, refLogps, completionStarts, _beta, denominator) =>
      k3Kl(logps, refLogps, completionStarts, 1, denominator);
    await rejects(() => lossLaws.klAgreesWithDefinition(unweighted, tokens, 0.04));
    const descending: typeof k3Kl = (...given) => ({
      ...k3Kl(...given),
      dLogps: k3Kl(...given).dLogps.map((value) => -value),
    });
    await rejects(() => lossLaws.klAgreesWithDifferences(descending, tokens, 1));
    const offset: typeof k3Kl = (...given) => ({ ...k3Kl(...given), loss: k3Kl(...given).loss + 1 });
    await rejects(() => lossLaws.klIsZeroAtTheReference(offset, tokens));
  });
});

describe("teeth: advantages", () => {
  const remade = (center: (rewards: readonly number[]) => number[]) => (given: readonly (readonly number[])[]) => ({
    ...advantages(given),
    advantages: Float64Array.from(given.flatMap(center)),
  });
  const plainMean = (rewards: readonly number[]) => rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  const deviation = (rewards: readonly number[]) =>
    Math.sqrt(plainMean(rewards.map((reward) => (reward - plainMean(rewards)) ** 2))) + 1e-4;

  it("a sum of zero rejects: no baseline; shifts ignored rejects: no baseline; differences kept rejects: division by the deviation; equal rewards rejects: a mean that rounds, no report; groups apart rejects: one baseline for all groups", async () => {
    await rejects(() =>
      advantageLaws.sumToZero(
        remade((rewards) => [...rewards]),
        groups,
      ),
    );
    await rejects(() =>
      advantageLaws.ignoreShift(
        remade((rewards) => [...rewards]),
        groups,
        5,
      ),
    );
    await rejects(() =>
      advantageLaws.keepDifferences(
        remade((rewards) => rewards.map((reward) => (reward - plainMean(rewards)) / deviation(rewards))),
        groups,
      ),
    );
    await rejects(() =>
      advantageLaws.vanishForEqualRewards(
        remade((rewards) => rewards.map((reward) => reward - plainMean(rewards))),
        0.1,
        3,
      ),
    );
    await rejects(() =>
      advantageLaws.vanishForEqualRewards((given) => ({ ...advantages(given), zeroVarianceGroups: 0 }), 0.5, 3),
    );
    const pooled = (given: readonly (readonly number[])[]) => advantages([given.flat()]);
    await rejects(() => advantageLaws.keepGroupsApart(pooled, groups));
  });
});
