import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError, NonFiniteError, ShapeError } from "../../src/errors.ts";
import { contrastiveLoss } from "../../src/loss/contrastiveLoss.ts";
import { drGrpoLoss } from "../../src/loss/drGrpoLoss.ts";
import { addLosses, k3Kl } from "../../src/loss/k3Kl.ts";
import { nllLoss } from "../../src/loss/nllLoss.ts";
import { ratioHistogram } from "../../src/loss/ratioStats.ts";
import { nonFinite } from "../support/arbitraries.ts";
import { lossLaws, scale } from "./losses.statements.ts";
import { anyTokens, type Tokens } from "./tokens.ts";

const forAnyTokens = (law: (tokens: Tokens) => void) => fc.assert(fc.property(anyTokens, law));
const betas = fc.constantFrom(0, 0.04, 1);

describe("nllLoss", () => {
  // ELSE long completions weigh more than short ones, and the "NLL" gradient is another
  it("is the mean over each sample's own tokens: loss_b = -1/T_b sum logp, dLogp = -1/T_b", () =>
    forAnyTokens((tokens) => lossLaws.nllIsMeanPerSample(nllLoss, tokens)));

  it("rejects a sample without tokens, offsets that do not fit, and non-finite logps -> ShapeError, NonFiniteError", () => {
    expect(() => nllLoss([-1, -2], [0, 0, 2])).toThrow(ShapeError);
    expect(() => nllLoss([-1, -2], [0, 1])).toThrow(ShapeError);
    expect(() => nllLoss([], [0])).toThrow(ShapeError);
    expect(() => nllLoss([-1, -2], [1, 2])).toThrow(ShapeError);
    expect(() => nllLoss([-1, -2, -3, -4], [0, 2, 1, 4])).toThrow(ShapeError);
    fc.assert(
      fc.property(nonFinite, (broken) => {
        expect(() => nllLoss([-1, broken], [0, 2])).toThrow(NonFiniteError);
      }),
    );
  });
});

describe("drGrpoLoss", () => {
  it("agrees with the definition: sum_t -min(rho A, clip(rho) A) / denominator", () =>
    forAnyTokens((tokens) => lossLaws.policyAgreesWithDefinition(drGrpoLoss, tokens)));

  // ELSE the policy gradient is the gradient of something else
  it("agrees with central differences in float64: dLogp = dloss/dlogp", () =>
    forAnyTokens((tokens) => lossLaws.policyAgreesWithDifferences(drGrpoLoss, tokens)));

  // ELSE the trust region does not bound the step, or bounds it on the wrong side
  it("stops past the clip edges, and only on the side that A pushes to: rho > 1 + eps, A > 0 or rho < 1 - eps, A < 0", () =>
    fc.assert(
      fc.property(fc.constantFrom(0.2, 0.1, 0.5), (clip) => lossLaws.policyStopsPastTheEdges(drGrpoLoss, clip)),
    ));

  it("keeps the unclipped gradient exactly on an edge: rho = 1 ± eps -> dLogp = -rho A", () => {
    for (const logp of [0.25, -0.25])
      for (const A of [1, -1]) {
        const rho = Math.exp(logp); // rho - 1 and 1 ± |rho - 1| are exact: both lie between 1/2 and 2
        const { dLogps, ratios } = drGrpoLoss(
          { logps: [logp], oldLogps: [0], advantages: [A], completionStarts: [0, 1] },
          { clip: Math.abs(rho - 1), denominator: 1 },
        );
        expect(dLogps[0]).toBe(-rho * A);
        expect([ratios.clipFraction, ratios.outsideFraction]).toEqual([0, 0]);
      }
  });

  it("counts a ratio in the bin that it begins: edges[i] <= rho < edges[i + 1], the last one open", () => {
    const { edges, counts } = ratioHistogram([0, 0.25, 0.8, 1.2, 4, 1000], 0.2);
    expect(edges.flatMap((edge, i) => (counts[i]! > 0 ? [[edge, counts[i]]] : []))).toEqual([
      [0, 1],
      [0.25, 1],
      [0.8, 1],
      [1.2, 1],
      [4, 2],
    ]);
  });

  // ELSE a group of equal rewards moves the policy, or turns cosines NaN
  it("gives no gradient where A = 0: finite, exactly zero, nothing clipped", () =>
    forAnyTokens((tokens) => lossLaws.policyIgnoresZeroAdvantage(drGrpoLoss, tokens)));

  it("is odd in the advantage on policy: dLogp(-A) = -dLogp(A), bit for bit", () =>
    forAnyTokens((tokens) => lossLaws.policyIsOddInAdvantage(drGrpoLoss, tokens)));

  // ELSE it is GRPO with its length or deviation bias, not Dr.GRPO
  it("divides by the fixed denominator only: on policy dLogp = -A / denominator, whatever the length", () =>
    forAnyTokens((tokens) => lossLaws.policyDividesByTheDenominatorOnly(drGrpoLoss, tokens)));

  it("reports its ratios: means, share of stopped tokens, a histogram that counts each token once and splits at the clip edges", () =>
    forAnyTokens((tokens) => lossLaws.policyReportsRatios(drGrpoLoss, tokens)));

  it("rejects misfits, a useless clip or denominator, non-finite values and overflow -> ShapeError, ConfigError, NonFiniteError", () => {
    const tokens = { logps: [-1, -2], oldLogps: [-1, -2], advantages: [1], completionStarts: [0, 2] };
    expect(() => drGrpoLoss({ ...tokens, oldLogps: [-1] }, scale)).toThrow(ShapeError);
    expect(() => drGrpoLoss({ ...tokens, advantages: [1, 2] }, scale)).toThrow(ShapeError);
    for (const wrong of [{ clip: 0 }, { clip: 1 }, { denominator: 0 }, { denominator: Number.NaN }])
      expect(() => drGrpoLoss(tokens, { ...scale, ...wrong })).toThrow(ConfigError);
    for (const A of [1, 0, -1])
      expect(() => drGrpoLoss({ ...tokens, advantages: [A], oldLogps: [-800, -2] }, scale)).toThrow(NonFiniteError);
    expect(() => drGrpoLoss({ ...tokens, advantages: [Number.NaN] }, scale)).toThrow(
      /expected finite advantages, got NaN/,
    );
    expect(() => drGrpoLoss({ ...tokens, oldLogps: [Number.NaN, -2] }, scale)).toThrow(NonFiniteError);
  });
});

describe("k3Kl", () => {
  it("agrees with the definition: beta (exp(ref - lp) - (ref - lp) - 1) / denominator", () =>
    fc.assert(fc.property(anyTokens, betas, (tokens, beta) => lossLaws.klAgreesWithDefinition(k3Kl, tokens, beta))));

  it("agrees with central differences in float64: dLogp = dloss/dlogp", () =>
    fc.assert(fc.property(anyTokens, betas, (tokens, beta) => lossLaws.klAgreesWithDifferences(k3Kl, tokens, beta))));

  it("is zero at the reference: ref = logp -> loss = dLogp = k3 = 0", () =>
    forAnyTokens((tokens) => lossLaws.klIsZeroAtTheReference(k3Kl, tokens)));

  it("bounds: k3 >= 0", () => forAnyTokens((tokens) => lossLaws.klIsNonNegative(k3Kl, tokens)));

  it("rejects beta < 0, denominator <= 0, misfits and overflow -> ConfigError, ShapeError, NonFiniteError", () => {
    expect(() => k3Kl([-1], [-1], [0, 1], -1, 1)).toThrow(ConfigError);
    expect(() => k3Kl([-1], [-1], [0, 1], 0, 0)).toThrow(ConfigError);
    expect(() => k3Kl([-1], [-1, -2], [0, 1], 0, 1)).toThrow(ShapeError);
    expect(() => k3Kl([-800, -1], [-1, -1], [0, 1, 2], 0, 1)).toThrow(NonFiniteError);
  });
});

describe("addLosses", () => {
  it("adds entry by entry: loss, perSampleLoss and dLogps of the sum", () =>
    forAnyTokens((tokens) => {
      const [a, b] = [nllLoss(tokens.logps, tokens.completionStarts), drGrpoLoss(tokens, scale)];
      const sum = addLosses(a, b);
      expect(sum.loss).toBe(a.loss + b.loss);
      sum.perSampleLoss.forEach((value, i) => expect(value).toBe(a.perSampleLoss[i]! + b.perSampleLoss[i]!));
      sum.dLogps.forEach((value, t) => expect(value).toBe(a.dLogps[t]! + b.dLogps[t]!));
    }));
});

describe("contrastiveLoss", () => {
  // ELSE R7's v_hack is the NLL one in disguise
  it("weighs tokens: dLogp = -1 / (2 maxNewTokens) on the hack, +1 / (2 maxNewTokens) on the clean completion", () =>
    forAnyTokens(({ logps }) => {
      const all = [...logps, -1];
      const { dLogps } = contrastiveLoss(all, [0, logps.length, all.length], 0.2, 16);
      dLogps.forEach((value, t) => expect(value).toBe(t < logps.length ? -1 / 32 : 1 / 32));
    }));
});
