import { replayStage } from "../../../src/probe/replay/replayStage.ts";
import type { Sabotage } from "../sabotage.ts";

/** The classic: labels shifted once too often, so that the last prompt token counts and the last completion token does not. */
export const maskOneEarly: Sabotage = {
  name: "mask off by one (prompt token counted)",
  breaks: "the loss mask starts at the last prompt token and misses the last completion token",
  caughtAt: "R2",
  pointsAt: /mask off by one/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("maskOneEarly");
    await bench.replay(out, "vanilla", {
      stage: {
        ...replayStage,
        batch: (sequences) => {
          const batch = replayStage.batch(sequences);
          const scored = batch.scored.map((position) => position - 1);
          return { ...batch, scored, targets: scored.map((position) => batch.inputIds[position + 1]!) };
        },
      },
    });
    return { out, vHackPath: null };
  },
};
