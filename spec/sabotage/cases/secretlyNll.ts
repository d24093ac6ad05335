import { grpoPairLoss, nllPairLoss } from "../../../src/probe/extract/pairGradients.ts";
import { miniaturePath } from "../../../src/cli/options/miniature.ts";
import { healthyPhase2 } from "../healthyPhase2.ts";
import type { Phase2Sabotage } from "../phase2Sabotage.ts";

export const secretlyNll: Phase2Sabotage = {
  name: "R7 secretly uses the NLL loss",
  breaks: "the contrastive extraction takes the NLL's gradients and writes them under the contrastive name",
  caughtAt: "R7",
  pointsAt: /secretly used the NLL loss/,
  run: async (bench, stage) => {
    const out = await bench.wholeCopyOfHonest(`secretlyNll-${stage}`);
    if (stage === "honest")
      await bench.extractInto(out, bench.adapter, await bench.fewPairs(), { loss: grpoPairLoss(0.2, 190) });
    else
      await bench.extractInto(out, bench.adapter, miniaturePath("pairs.jsonl"), {
        loss: { ...nllPairLoss, name: "grpo" },
      });
    return healthyPhase2(out);
  },
};
