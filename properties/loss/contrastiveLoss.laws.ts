import { expect } from "vitest";
import { contrastiveLoss } from "../../src/loss/contrastiveLoss.ts";
import { drGrpoLoss } from "../../src/loss/drGrpoLoss.ts";
import { nllLoss } from "../../src/loss/nllLoss.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anyTokens, toothTokens } from "./tokens.ts";

lawsOf("contrastiveLoss", contrastiveLoss, (law) => {
  law("weighs tokens: dLogp = -1 / (2 maxNewTokens) on the hack, +1 / (2 maxNewTokens) on the clean completion", {
    else: "R7's v_hack is the NLL one in disguise",
    for: [anyTokens],
    holds: (contrastive, { logps }) => {
      const all = [...logps, -1];
      const { dLogps } = contrastive(all, [0, logps.length, all.length], 0.2, 16);
      dLogps.forEach((value, t) => expect(value).toBe(t < logps.length ? -1 / 32 : 1 / 32));
    },
    rejects: {
      "means over each completion": [
        (logps, starts, clip, maxNewTokens) => {
          const { dLogps } = nllLoss(logps, starts);
          const signed = dLogps.map((value, t) => (t < starts[1]! ? value : -value));
          return { ...contrastiveLoss(logps, starts, clip, maxNewTokens), dLogps: signed };
        },
        toothTokens,
      ],
      "one completion for two in the denominator": [
        (logps, completionStarts, clip, maxNewTokens) =>
          drGrpoLoss(
            { logps, oldLogps: logps, advantages: [1, -1], completionStarts },
            { clip, denominator: maxNewTokens },
          ),
        toothTokens,
      ],
    },
  });
});
