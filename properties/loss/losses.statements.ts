import { expect } from "vitest";
import type { DrGrpoLoss, DrGrpoScale, PolicyTokens } from "../../src/loss/drGrpoLoss.ts";
import type { K3Kl } from "../../src/loss/k3Kl.ts";
import type { LossAndGradient } from "../../src/loss/packedTokens.ts";
import { drGrpoTokenReference, k3TokenReference } from "../reference/drGrpo.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../support/tolerance.ts";
import { sampleOf, type Tokens } from "./tokens.ts";

type Policy = (tokens: PolicyTokens, scale: DrGrpoScale) => DrGrpoLoss;
type Nll = (logps: ArrayLike<number>, completionStarts: ArrayLike<number>) => LossAndGradient;
type Kl = (
  logps: ArrayLike<number>,
  refLogps: ArrayLike<number>,
  completionStarts: ArrayLike<number>,
  beta: number,
  denominator: number,
) => K3Kl;

export const scale: DrGrpoScale = { clip: 0.2, denominator: 24 };

/** Step of a central difference of a smooth function in float64: truncation h^2/6 |f'''| balances rounding u |f| / h. */
const h = 1e-5;
/** exp has bounded derivatives here: ratios reach e^2 and k3 e^2, advantages 3, so |f'''| < 32; |logp| reaches 22. */
const differenceBound = (32 * h ** 2) / 6 + (32 * unitRoundoff64) / h;

const replaced = (values: readonly number[], t: number, value: number) =>
  values.map((old, i) => (i === t ? value : old));
const rounding = (n: number, size: number) => gamma(n + 16, unitRoundoff64) * (1 + size);

function sums(tokens: Tokens, term: (t: number) => number): Float64Array {
  const perSample = new Float64Array(tokens.completionStarts.length - 1);
  tokens.logps.forEach((_, t) => (perSample[sampleOf(tokens.completionStarts, t)]! += term(t)));
  return perSample;
}

/** Laws of the three losses, for the real ones and for their mutants. */
export const lossLaws = {
  nllIsMeanPerSample(nll: Nll, { logps, completionStarts }: Tokens): void {
    const { loss, perSampleLoss, dLogps } = nll(logps, completionStarts);
    perSampleLoss.forEach((value, b) => {
      const own = logps.slice(completionStarts[b], completionStarts[b + 1]);
      const mean = -own.reduce((sum, lp) => sum + lp, 0) / own.length;
      expectWithin(value, mean, rounding(own.length, Math.abs(mean)), `sample ${b}`);
      for (let t = completionStarts[b]!; t < completionStarts[b + 1]!; t++)
        expectWithin(dLogps[t]!, -1 / own.length, unitRoundoff64, `dLogp ${t}`);
    });
    const total = perSampleLoss.reduce((sum, value) => sum + value, 0);
    expectWithin(loss, total, rounding(perSampleLoss.length, Math.abs(total)), "sum over samples");
  },

  policyAgreesWithDefinition(policy: Policy, tokens: Tokens): void {
    const { perSampleLoss, loss } = policy(tokens, scale);
    const reference = sums(tokens, (t) => {
      const A = tokens.advantages[sampleOf(tokens.completionStarts, t)]!;
      return drGrpoTokenReference(tokens.logps[t]!, tokens.oldLogps[t]!, A, scale.clip) / scale.denominator;
    });
    reference.forEach((value, b) => expectWithin(perSampleLoss[b]!, value, rounding(8, 32), `sample ${b}`));
    expectWithin(
      loss,
      reference.reduce((sum, value) => sum + value, 0),
      rounding(8, 128),
      "loss",
    );
  },

  policyAgreesWithDifferences(policy: Policy, tokens: Tokens): void {
    const { dLogps } = policy(tokens, scale);
    tokens.logps.forEach((lp, t) => {
      const ratio = Math.exp(lp - tokens.oldLogps[t]!);
      if (Math.min(Math.abs(ratio - (1 - scale.clip)), Math.abs(ratio - (1 + scale.clip))) < 4 * h) return; // a kink inside the stencil
      const at = (value: number) => policy({ ...tokens, logps: replaced(tokens.logps, t, value) }, scale).loss;
      expectWithin(dLogps[t]!, (at(lp + h) - at(lp - h)) / (2 * h), differenceBound, `dLogp ${t}`);
    });
  },

  /** Just inside, on and just outside both edges, for both signs of A: the derivative is the one-sided one, or 0 past the edge. */
  policyStopsPastTheEdges(policy: Policy, clip: number): void {
    for (const A of [1, -1])
      for (const edge of [1 - clip, 1 + clip])
        for (const rho of [edge - 1e-6, edge + 1e-6]) {
          const { dLogps } = policy(
            { logps: [Math.log(rho)], oldLogps: [0], advantages: [A], completionStarts: [0, 1] },
            { clip, denominator: 1 },
          );
          const stopped = (A > 0 && rho > 1 + clip) || (A < 0 && rho < 1 - clip);
          expectWithin(dLogps[0]!, stopped ? 0 : -rho * A, 8 * unitRoundoff64, `A = ${A}, rho = ${rho}`);
        }
  },

  /** A group of equal rewards has advantages 0. */
  policyIgnoresZeroAdvantage(policy: Policy, tokens: Tokens): void {
    const { loss, dLogps, ratios } = policy({ ...tokens, advantages: tokens.advantages.map(() => 0) }, scale);
    expect(Math.abs(loss)).toBe(0);
    expect([...dLogps].map(Math.abs)).toEqual(tokens.logps.map(() => 0));
    expect(ratios.clipFraction).toBe(0);
  },

  policyIsOddInAdvantage(policy: Policy, tokens: Tokens): void {
    const onPolicy = { ...tokens, oldLogps: tokens.logps };
    const [plain, turned] = [
      policy(onPolicy, scale),
      policy({ ...onPolicy, advantages: tokens.advantages.map((A) => -A) }, scale),
    ];
    plain.dLogps.forEach((value, t) => expect(turned.dLogps[t] === -value).toBe(true));
  },

  policyDividesByTheDenominatorOnly(policy: Policy, tokens: Tokens): void {
    const { dLogps } = policy({ ...tokens, oldLogps: tokens.logps }, scale);
    dLogps.forEach((value, t) => {
      const A = tokens.advantages[sampleOf(tokens.completionStarts, t)]!;
      expectWithin(value, -A / scale.denominator, 4 * unitRoundoff64, `dLogp ${t}`);
    });
  },

  policyReportsRatios(policy: Policy, tokens: Tokens): void {
    const { ratios, dLogps } = policy(tokens, scale);
    const rho = tokens.logps.map((lp, t) => Math.exp(lp - tokens.oldLogps[t]!));
    const mean = rho.reduce((sum, value) => sum + value, 0) / rho.length;
    expectWithin(ratios.mean, mean, rounding(rho.length, mean), "mean");
    const lengths = tokens.completionStarts.slice(1).map((end, b) => end - tokens.completionStarts[b]!);
    sums(tokens, (t) => rho[t]!).forEach((sum, b) =>
      expectWithin(ratios.perSampleMean[b]!, sum / lengths[b]!, rounding(8, sum), `mean of sample ${b}`),
    );
    const stopped = dLogps.filter(
      (value, t) => value === 0 && tokens.advantages[sampleOf(tokens.completionStarts, t)] !== 0,
    ).length;
    expectWithin(ratios.clipFraction, stopped / rho.length, unitRoundoff64, "clip fraction = share of zero gradients");
    const { edges, counts } = ratios.histogram;
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rho.length);
    expect(edges).toEqual([...edges].toSorted((a, b) => a - b));
    const below = (edge: number) => counts.filter((_, i) => edges[i]! < edge).reduce((sum, count) => sum + count, 0);
    for (const edge of [1 - scale.clip, 1 + scale.clip])
      expect(below(edge)).toBe(rho.filter((value) => value < edge).length);
    const outside = rho.filter((value) => value < 1 - scale.clip || value > 1 + scale.clip).length;
    expect(ratios.outsideFraction).toBe(outside / rho.length);
  },

  klAgreesWithDefinition(kl: Kl, tokens: Tokens, beta: number): void {
    const { perSampleLoss, perSampleK3 } = kl(
      tokens.logps,
      tokens.refLogps,
      tokens.completionStarts,
      beta,
      scale.denominator,
    );
    const reference = sums(tokens, (t) => k3TokenReference(tokens.logps[t]!, tokens.refLogps[t]!));
    reference.forEach((k3, b) => {
      const length = tokens.completionStarts[b + 1]! - tokens.completionStarts[b]!;
      expectWithin(perSampleLoss[b]!, (beta * k3) / scale.denominator, rounding(8, 64), `loss of sample ${b}`);
      expectWithin(perSampleK3[b]!, k3 / length, rounding(8, 64), `k3 of sample ${b}`);
    });
  },

  klAgreesWithDifferences(kl: Kl, tokens: Tokens, beta: number): void {
    const { dLogps } = kl(tokens.logps, tokens.refLogps, tokens.completionStarts, beta, scale.denominator);
    tokens.logps.forEach((lp, t) => {
      const at = (value: number) =>
        kl(replaced(tokens.logps, t, value), tokens.refLogps, tokens.completionStarts, beta, scale.denominator).loss;
      expectWithin(dLogps[t]!, (at(lp + h) - at(lp - h)) / (2 * h), differenceBound, `dLogp ${t}`);
    });
  },

  klIsZeroAtTheReference(kl: Kl, { logps, completionStarts }: Tokens): void {
    const { loss, dLogps, perSampleK3 } = kl(logps, logps, completionStarts, 0.04, scale.denominator);
    expect([loss, ...dLogps, ...perSampleK3].map(Math.abs).every((value) => value === 0)).toBe(true);
  },

  klIsNonNegative(kl: Kl, tokens: Tokens): void {
    const { perSampleK3 } = kl(tokens.logps, tokens.refLogps, tokens.completionStarts, 0.04, scale.denominator);
    for (const k3 of perSampleK3) expect(k3).toBeGreaterThanOrEqual(0);
  },
};
