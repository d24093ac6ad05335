import { advantages } from "../../../src/loss/advantages.ts";
import { replayStage } from "../../../src/probe/replay/replayStage.ts";
import type { Sabotage } from "../sabotage.ts";

/** History: identical rewards gave zero advantages, the backward pass was skipped and every cosine was NaN. */
export const zeroAdvantageSkip: Sabotage = {
  name: "zero-advantage skip",
  breaks: "the replayed loss is weighted by the group's advantages, which are zero where all rewards are equal",
  caughtAt: "R2",
  pointsAt: /zero-advantage skip/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("zeroAdvantageSkip");
    await bench.replay(out, "vanilla", {
      stage: {
        ...replayStage,
        loss: (rows, logps, starts) => {
          const nll = replayStage.loss(rows, logps, starts);
          const { advantages: weights } = advantages([rows.map(({ reward }) => reward)]);
          const dLogps = nll.dLogps.map((slope, t) => slope * weights[rows.findIndex((_, b) => t < starts[b + 1]!)]!);
          return { ...nll, dLogps };
        },
      },
    });
    return { out, vHackPath: null };
  },
};
