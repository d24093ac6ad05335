import fc from "fast-check";
import { expect } from "vitest";
import { ConfigError, NonFiniteError, ShapeError } from "../../src/errors.ts";
import { drGrpoLoss } from "../../src/loss/drGrpoLoss.ts";
import { addLosses, k3Kl } from "../../src/loss/k3Kl.ts";
import { nllLoss } from "../../src/loss/nllLoss.ts";
import { k3TokenReference } from "../reference/drGrpo.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin } from "../support/tolerance.ts";
import { anyTokens, difference, differenceBound, rounding, scale, sums, toothTokens, type Tokens } from "./tokens.ts";

type Kl = typeof k3Kl;

const { denominator } = scale;
const anyBeta: fc.Arbitrary<number> = fc.constantFrom(0, 0.04, 1);
const of = (kl: Kl, { logps, refLogps, completionStarts }: Tokens, beta: number) =>
  kl(logps, refLogps, completionStarts, beta, denominator);

/** The estimator k1 = logp - ref: its mean is the KL as well, its values are of either sign. */
const k1: Kl = (logps, refLogps, completionStarts, beta, divisor) => {
  const perSampleLoss = sums(
    { logps, completionStarts } as Tokens,
    (t) => (beta * (logps[t]! - refLogps[t]!)) / divisor,
  );
  return { ...k3Kl(logps, refLogps, completionStarts, beta, divisor), perSampleLoss };
};
const swapped: Kl = (logps, refLogps, ...rest) => k3Kl(refLogps, logps, ...rest);

lawsOf("k3Kl", k3Kl, (law) => {
  law("agrees with the definition: beta (exp(ref - lp) - (ref - lp) - 1) / denominator", {
    for: [anyTokens, anyBeta],
    holds: (kl, tokens, beta) => {
      const { perSampleLoss } = of(kl, tokens, beta);
      sums(tokens, (t) => k3TokenReference(tokens.logps[t]!, tokens.refLogps[t]!)).forEach((k3, b) =>
        expectWithin(perSampleLoss[b]!, (beta * k3) / denominator, rounding(8, 64), `loss of sample ${b}`),
      );
    },
    rejects: {
      "k1 for k3": [k1, toothTokens, 0.04],
      "the arguments swapped": [swapped, toothTokens, 0.04],
      "beta forgotten": [
        (logps, refLogps, starts, _beta, divisor) => k3Kl(logps, refLogps, starts, 1, divisor),
        toothTokens,
        0.04,
      ],
    },
  });

  law("agrees with central differences in float64: dLogp = dloss/dlogp", {
    for: [anyTokens, anyBeta],
    holds: (kl, tokens, beta) => {
      const { dLogps } = of(kl, tokens, beta);
      tokens.logps.forEach((_, t) => {
        const slope = difference(tokens.logps, t, (logps) => of(kl, { ...tokens, logps }, beta).loss);
        expectWithin(dLogps[t]!, slope, differenceBound, `dLogp ${t}`);
      });
    },
    rejects: {
      "the arguments swapped": [swapped, toothTokens, 1],
      "the sign": [
        (...given) => ({ ...k3Kl(...given), dLogps: k3Kl(...given).dLogps.map((value) => -value) }),
        toothTokens,
        1,
      ],
    },
  });

  law("is zero at the reference: ref = logp -> loss = dLogp = 0", {
    for: [anyTokens],
    holds: (kl, tokens) => {
      const { loss, perSampleLoss, dLogps } = of(kl, { ...tokens, refLogps: tokens.logps }, 0.04);
      expect([loss, ...perSampleLoss, ...dLogps].map(Math.abs).every((value) => value === 0)).toBe(true);
    },
    rejects: { "an offset": [(...given) => ({ ...k3Kl(...given), loss: k3Kl(...given).loss + 1 }), toothTokens] },
  });

  law("bounds: k3 >= 0", {
    for: [anyTokens],
    holds: (kl, tokens) => {
      for (const loss of of(kl, tokens, 0.04).perSampleLoss) expect(loss).toBeGreaterThanOrEqual(0);
    },
    rejects: { "k1 for k3": [k1, toothTokens] },
  });

  law("rejects beta < 0, denominator <= 0, misfits and overflow -> ConfigError, ShapeError, NonFiniteError", {
    for: [],
    holds: (kl) => {
      expect(() => kl([-1], [-1], [0, 1], -1, 1)).toThrow(ConfigError);
      expect(() => kl([-1], [-1], [0, 1], 0, 0)).toThrow(ConfigError);
      expect(() => kl([-1], [-1, -2], [0, 1], 0, 1)).toThrow(ShapeError);
      for (const beta of [0, 0.04]) expect(() => kl([-800, -1], [-1, -1], [0, 1, 2], beta, 1)).toThrow(NonFiniteError);
    },
    rejects: { "no check": [(logps) => nllLoss(logps, [0, logps.length])] },
  });
});

lawsOf("addLosses", addLosses, (law) => {
  law("adds entry by entry: loss, perSampleLoss and dLogps of the sum", {
    for: [anyTokens],
    holds: (add, tokens) => {
      const [a, b] = [nllLoss(tokens.logps, tokens.completionStarts), drGrpoLoss(tokens, scale)];
      const sum = add(a, b);
      expect(sum.loss).toBe(a.loss + b.loss);
      sum.perSampleLoss.forEach((value, i) => expect(value).toBe(a.perSampleLoss[i]! + b.perSampleLoss[i]!));
      sum.dLogps.forEach((value, t) => expect(value).toBe(a.dLogps[t]! + b.dLogps[t]!));
    },
    rejects: { "the first one's gradient": [(a, b) => ({ ...addLosses(a, b), dLogps: a.dLogps }), toothTokens] },
  });
});
