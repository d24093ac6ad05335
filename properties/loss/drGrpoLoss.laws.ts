import fc from "fast-check";
import { expect } from "vitest";
import { ConfigError, NonFiniteError, ShapeError } from "../../src/errors.ts";
import { drGrpoLoss, type DrGrpoLoss, type DrGrpoScale } from "../../src/loss/drGrpoLoss.ts";
import { drGrpoTokenReference } from "../reference/drGrpo.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, unitRoundoff64 } from "../support/tolerance.ts";
import {
  anyTokens,
  difference,
  differenceBound,
  h,
  rounding,
  sampleOf,
  scale,
  sums,
  toothTokens,
  type Tokens,
} from "./tokens.ts";

type Policy = typeof drGrpoLoss;

const advantageOf = ({ advantages, completionStarts }: Tokens, t: number) => advantages[sampleOf(completionStarts, t)]!;
const ratiosOf = ({ logps, oldLogps }: Tokens) => logps.map((lp, t) => Math.exp(lp - oldLogps[t]!));

/** A policy loss in which something is replaced. */
const changed =
  (change: (real: DrGrpoLoss) => Partial<DrGrpoLoss>): Policy =>
  (...given) => {
    const real = drGrpoLoss(...given);
    return { ...real, ...change(real) };
  };

/** A policy loss whose gradients are replaced token by token. */
const policyOf =
  (change: (rho: number, A: number, own: { value: number; length: number }, scale: DrGrpoScale) => number): Policy =>
  (given, scale) => {
    const real = drGrpoLoss(given, scale);
    const dLogps = real.dLogps.map((value, t) => {
      const b = sampleOf(given.completionStarts, t);
      const length = given.completionStarts[b + 1]! - given.completionStarts[b]!;
      return change(Math.exp(given.logps[t]! - given.oldLogps[t]!), given.advantages[b]!, { value, length }, scale);
    });
    return { ...real, dLogps };
  };

const neverClipped = policyOf((rho, A, _, { denominator }) => (-rho * A) / denominator);
const clippedBothSides = policyOf((rho, _, { value }, { clip }) => (rho > 1 + clip || rho < 1 - clip ? 0 : value));
const wrongSide = policyOf((rho, A, { value }, { clip, denominator }) =>
  (rho > 1 + clip && A < 0) || (rho < 1 - clip && A > 0) ? 0 : value === 0 ? (-rho * A) / denominator : value,
);
const anotherClip: Policy = (given, scale) => drGrpoLoss(given, { ...scale, clip: 0.3 });
const maxForMin: Policy = (given, scale) => {
  const turned = drGrpoLoss({ ...given, advantages: Array.from(given.advantages, (A) => -A) }, scale);
  const perSampleLoss = turned.perSampleLoss.map((value) => -value);
  return { ...drGrpoLoss(given, scale), loss: -turned.loss, perSampleLoss };
};
const noCheck: Policy = () => ({
  loss: 0,
  perSampleLoss: new Float64Array(),
  dLogps: new Float64Array(),
  ratios: new Float64Array(),
  perSampleRatio: new Float64Array(),
  clipped: new Uint8Array(),
});

lawsOf("drGrpoLoss", drGrpoLoss, (law) => {
  law("agrees with the definition: sum_t -min(rho A, clip(rho) A) / denominator", {
    for: [anyTokens],
    holds: (policy, tokens) => {
      const { perSampleLoss, loss } = policy(tokens, scale);
      const reference = sums(tokens, (t) => {
        const token = drGrpoTokenReference(tokens.logps[t]!, tokens.oldLogps[t]!, advantageOf(tokens, t), scale.clip);
        return token / scale.denominator;
      });
      reference.forEach((value, b) => expectWithin(perSampleLoss[b]!, value, rounding(8, 32), `sample ${b}`));
      const total = reference.reduce((sum, value) => sum + value, 0);
      expectWithin(loss, total, rounding(8, 128), "loss");
    },
    rejects: {
      "max for min": [maxForMin, toothTokens],
      "a denominator of the tokens at hand": [
        (given, scale) => drGrpoLoss(given, { ...scale, denominator: given.logps.length }),
        toothTokens,
      ],
      "the mean over samples": [changed(({ loss }) => ({ loss: loss / 4 })), toothTokens],
      "another clip": [anotherClip, toothTokens],
    },
  });

  law("agrees with central differences in float64: dLogp = dloss/dlogp", {
    else: "the policy gradient is the gradient of something else",
    for: [anyTokens],
    holds: (policy, tokens) => {
      const { dLogps } = policy(tokens, scale);
      const { clip } = scale;
      for (const [t, ratio] of ratiosOf(tokens).entries()) {
        if (Math.min(Math.abs(ratio - (1 - clip)), Math.abs(ratio - (1 + clip))) < 4 * h) continue; // a kink inside the stencil
        const slope = difference(tokens.logps, t, (logps) => policy({ ...tokens, logps }, scale).loss);
        expectWithin(dLogps[t]!, slope, differenceBound, `dLogp ${t}`);
      }
    },
    rejects: {
      "never clipped": [neverClipped, toothTokens],
      "clipped on both sides": [clippedBothSides, toothTokens],
      "clipped on the wrong side": [wrongSide, toothTokens],
      "the ratio forgotten": [
        policyOf((_, A, { value }, { denominator }) => (value === 0 ? 0 : -A / denominator)),
        toothTokens,
      ],
      "the sign": [policyOf((_rho, _A, { value }) => -value), toothTokens],
    },
  });

  law("stops past the clip edges, on the side that A pushes to: rho > 1 + eps, A > 0 or rho < 1 - eps, A < 0", {
    else: "the trust region does not bound the step, or bounds it on the wrong side",
    for: [fc.constantFrom(0.2, 0.1, 0.5) as fc.Arbitrary<number>],
    holds: (policy, clip) => {
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
    rejects: {
      "never clipped": [neverClipped, 0.2],
      "both sides": [clippedBothSides, 0.2],
      "the wrong side": [wrongSide, 0.2],
      "another clip": [anotherClip, 0.2],
    },
  });

  law("keeps the unclipped gradient exactly on an edge: rho = 1 ± eps -> dLogp = -rho A", {
    for: [],
    holds: (policy) => {
      for (const logp of [0.25, -0.25])
        for (const A of [1, -1]) {
          const rho = Math.exp(logp); // rho - 1 and 1 ± |rho - 1| are exact: both lie between 1/2 and 2
          const { dLogps, clipped } = policy(
            { logps: [logp], oldLogps: [0], advantages: [A], completionStarts: [0, 1] },
            { clip: Math.abs(rho - 1), denominator: 1 },
          );
          expect(dLogps[0]).toBe(-rho * A);
          expect([...clipped]).toEqual([0]);
        }
    },
    rejects: {
      "an edge that stops": [
        policyOf((rho, _, { value }, { clip }) => (rho >= 1 + clip || rho <= 1 - clip ? 0 : value)),
      ],
    },
  });

  law("gives no gradient where A = 0: finite, exactly zero, nothing clipped", {
    else: "a group of equal rewards moves the policy, or turns cosines NaN",
    for: [anyTokens],
    holds: (policy, tokens) => {
      const { loss, dLogps, clipped } = policy({ ...tokens, advantages: tokens.advantages.map(() => 0) }, scale);
      expect(Math.abs(loss)).toBe(0);
      expect([...dLogps].map(Math.abs)).toEqual(tokens.logps.map(() => 0));
      expect([...clipped]).toEqual(tokens.logps.map(() => 0));
    },
    rejects: { "a leak": [policyOf((rho, _A, { value }) => value - 1e-9 * rho), toothTokens] },
  });

  law("is odd in the advantage on policy: dLogp(-A) = -dLogp(A), bit for bit", {
    for: [anyTokens],
    holds: (policy, tokens) => {
      const onPolicy = { ...tokens, oldLogps: tokens.logps };
      const plain = policy(onPolicy, scale);
      const turned = policy({ ...onPolicy, advantages: tokens.advantages.map((A) => -A) }, scale);
      plain.dLogps.forEach((value, t) => expect(turned.dLogps[t] === -value).toBe(true));
    },
    rejects: {
      "a squared advantage": [
        policyOf((rho, A, { value }, { denominator }) => (value === 0 ? 0 : (-rho * A * A) / denominator)),
        toothTokens,
      ],
    },
  });

  law("divides by the fixed denominator only: on policy dLogp = -A / denominator, whatever the length", {
    else: "it is GRPO with its length or deviation bias, not Dr.GRPO",
    for: [anyTokens],
    holds: (policy, tokens) => {
      const { dLogps } = policy({ ...tokens, oldLogps: tokens.logps }, scale);
      dLogps.forEach((value, t) =>
        expectWithin(value, -advantageOf(tokens, t) / scale.denominator, 4 * unitRoundoff64, `dLogp ${t}`),
      );
    },
    rejects: { "division by length": [policyOf((_rho, _A, { value, length }) => value / length), toothTokens] },
  });

  law("reports its ratios: rho of every token, their mean per sample, and which tokens were stopped", {
    else: "a row's imp_ratio and the step's clip fraction are those of another loss",
    for: [anyTokens],
    holds: (policy, tokens) => {
      const { ratios, perSampleRatio, clipped, dLogps } = policy(tokens, scale);
      const rho = ratiosOf(tokens);
      expect([...ratios]).toEqual(rho);
      const lengths = tokens.completionStarts.slice(1).map((end, b) => end - tokens.completionStarts[b]!);
      sums(tokens, (t) => rho[t]!).forEach((sum, b) =>
        expectWithin(perSampleRatio[b]!, sum / lengths[b]!, rounding(8, sum), `mean of sample ${b}`),
      );
      const stopped = rho.map((_, t) => Number(dLogps[t] === 0 && advantageOf(tokens, t) !== 0));
      expect([...clipped]).toEqual(stopped);
    },
    rejects: {
      "tokens outside for tokens stopped": [
        changed(({ ratios }) => ({ clipped: Uint8Array.from(ratios, (rho) => Number(Math.abs(rho - 1) > 0.2)) })),
        toothTokens,
      ],
      "means over the batch": [
        changed(({ ratios, perSampleRatio }) => ({
          perSampleRatio: perSampleRatio.map(() => ratios.reduce((sum, rho) => sum + rho, 0) / ratios.length),
        })),
        toothTokens,
      ],
    },
  });

  law("rejects misfits, useless settings, non-finite values, overflow -> ShapeError, ConfigError, NonFiniteError", {
    for: [],
    holds: (policy) => {
      const tokens = { logps: [-1, -2], oldLogps: [-1, -2], advantages: [1], completionStarts: [0, 2] };
      expect(() => policy({ ...tokens, oldLogps: [-1] }, scale)).toThrow(ShapeError);
      expect(() => policy({ ...tokens, advantages: [1, 2] }, scale)).toThrow(ShapeError);
      for (const wrong of [{ clip: 0 }, { clip: 1 }, { denominator: 0 }, { denominator: Number.NaN }])
        expect(() => policy(tokens, { ...scale, ...wrong })).toThrow(ConfigError);
      for (const A of [1, 0, -1])
        expect(() => policy({ ...tokens, advantages: [A], oldLogps: [-800, -2] }, scale)).toThrow(NonFiniteError);
      expect(() => policy({ ...tokens, advantages: [Number.NaN] }, scale)).toThrow(
        /expected finite advantages, got NaN/,
      );
      expect(() => policy({ ...tokens, oldLogps: [Number.NaN, -2] }, scale)).toThrow(NonFiniteError);
    },
    rejects: { "no check": [noCheck] },
  });
});
