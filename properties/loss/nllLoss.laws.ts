import { expect } from "vitest";
import { NonFiniteError, ShapeError } from "../../src/errors.ts";
import { nllLoss } from "../../src/loss/nllLoss.ts";
import { nonFinite } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, unitRoundoff64 } from "../support/tolerance.ts";
import { anyTokens, rounding, toothTokens } from "./tokens.ts";

const nothing = new Float64Array(0);

lawsOf("nllLoss", nllLoss, (law) => {
  law("is the mean over each sample's own tokens: loss_b = -1/T_b sum logp, dLogp = -1/T_b", {
    else: 'long completions weigh more than short ones, and the "NLL" gradient is another',
    for: [anyTokens],
    holds: (nll, { logps, completionStarts }) => {
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
    rejects: {
      "a sum for the mean": [
        (logps, starts) => ({ ...nllLoss(logps, starts), dLogps: new Float64Array(logps.length).fill(-1) }),
        toothTokens,
      ],
      "one mean over all tokens": [
        (logps, starts) => ({
          ...nllLoss(logps, starts),
          dLogps: new Float64Array(logps.length).fill(-1 / logps.length),
        }),
        toothTokens,
      ],
      "a shifted mask": [
        (logps, starts) =>
          nllLoss(
            Array.from(logps, (_, t) => logps[Math.max(t - 1, 0)]!),
            starts,
          ),
        toothTokens,
      ],
      "the sign": [
        (logps, starts) =>
          nllLoss(
            Array.from(logps, (lp) => -lp),
            starts,
          ),
        toothTokens,
      ],
    },
  });

  law("rejects a sample without tokens, offsets that do not fit, and non-finite logps -> ShapeError, NonFiniteError", {
    for: [nonFinite],
    holds: (nll, broken) => {
      expect(() => nll([-1, -2], [0, 0, 2])).toThrow(ShapeError);
      expect(() => nll([-1, -2], [0, 1])).toThrow(ShapeError);
      expect(() => nll([], [0])).toThrow(ShapeError);
      expect(() => nll([-1, -2], [1, 2])).toThrow(ShapeError);
      expect(() => nll([-1, -2, -3, -4], [0, 2, 1, 4])).toThrow(ShapeError);
      expect(() => nll([-1, broken], [0, 2])).toThrow(NonFiniteError);
    },
    rejects: {
      "no check": [() => ({ loss: Number.NaN, perSampleLoss: nothing, dLogps: nothing }), Number.NaN],
      "a check of the values alone": [
        (logps, starts) => ({ ...nllLoss(logps, [0, logps.length]), perSampleLoss: new Float64Array(starts.length) }),
        Number.NaN,
      ],
    },
  });
});
