import { expect } from "vitest";
import { contrastiveLoss } from "../../src/loss/contrastiveLoss.ts";
import { drGrpoLoss } from "../../src/loss/drGrpoLoss.ts";
import { nllLoss } from "../../src/loss/nllLoss.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anyTokens, toothTokens } from "./tokens.ts";

const scale = { clip: 0.2, maxNewTokens: 16 };

lawsOf("contrastiveLoss", contrastiveLoss, (law) => {
  law("weighs tokens: dLogp = -1 / (2 maxNewTokens) on the hack, +1 / (2 maxNewTokens) on the clean completion", {
    else: "R7's v_hack is the NLL one in disguise",
    for: [anyTokens],
    holds: (contrastive, { logps }) => {
      const all = [...logps, -1];
      const { dLogps } = contrastive(all, [0, logps.length, all.length], [1, -1], scale);
      dLogps.forEach((value, t) => expect(value).toBe(t < logps.length ? -1 / 32 : 1 / 32));
    },
    rejects: {
      "means over each completion": [
        (logps, starts, ...rest) => {
          const { dLogps } = nllLoss(logps, starts);
          const signed = dLogps.map((value, t) => (t < starts[1]! ? value : -value));
          return { ...contrastiveLoss(logps, starts, ...rest), dLogps: signed };
        },
        toothTokens,
      ],
      "one completion for two in the denominator": [
        (logps, completionStarts, advantages, { clip, maxNewTokens }) =>
          drGrpoLoss({ logps, oldLogps: logps, advantages, completionStarts }, { clip, denominator: maxNewTokens }),
        toothTokens,
      ],
    },
  });

  law("gives a completion the same dLogps alone as beside the other one: one row per pass is enough", {
    else: "v_hack depends on --batch",
    for: [anyTokens],
    holds: (contrastive, { logps }) => {
      const all = [...logps, -1];
      const { dLogps } = contrastive(all, [0, logps.length, all.length], [1, -1], scale);
      const alone = [
        ...contrastive(logps, [0, logps.length], [1], scale).dLogps,
        ...contrastive([-1], [0, 1], [-1], scale).dLogps,
      ];
      expect([...dLogps]).toEqual(alone);
    },
    rejects: {
      "advantages centred on what is given": [
        (logps, starts, advantages, given) => {
          const all = Array.from(advantages);
          const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
          return contrastiveLoss(
            logps,
            starts,
            all.map((value) => value - mean),
            given,
          );
        },
        toothTokens,
      ],
      "the denominator of what is given": [
        (logps, starts, advantages, { clip }) =>
          contrastiveLoss(logps, starts, advantages, { clip, maxNewTokens: logps.length }),
        toothTokens,
      ],
    },
  });
});
