import { replayStage } from "../../../src/probe/replay/replayStage.ts";
import type { Sabotage } from "../sabotage.ts";

/** Position t's logits score token t instead of token t + 1. */
export const maskNoShift: Sabotage = {
  name: "mask off by one (labels not shifted)",
  breaks: "each completion token is scored by the logits of its own position instead of the one before it",
  caughtAt: "R2",
  pointsAt: /mask off by one/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("maskNoShift");
    await bench.replay(out, "vanilla", {
      stage: {
        ...replayStage,
        batch: (sequences) => {
          const batch = replayStage.batch(sequences);
          return { ...batch, scored: batch.scored.map((position) => position + 1) };
        },
      },
    });
    return { out, vHackPath: null };
  },
};
