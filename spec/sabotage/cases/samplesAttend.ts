import { replayStage } from "../../../src/probe/replay/replayStage.ts";
import type { Sabotage } from "../sabotage.ts";

/** Packed samples without a wall between them: the commonest bug of ragged batches. */
export const samplesAttend: Sabotage = {
  name: "packed samples attend to each other",
  breaks: "each sample reads the one before it in the batch as a part of its prompt",
  caughtAt: "R2",
  pointsAt: /leak into each other|prompt or pad tokens/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("samplesAttend");
    await bench.replay(out, "vanilla", {
      stage: {
        ...replayStage,
        batch: (sequences) =>
          replayStage.batch(
            sequences.map(({ promptIds, completionIds }, b) => {
              const before =
                b === 0
                  ? []
                  : [...Array.from(sequences[b - 1]!.promptIds), ...Array.from(sequences[b - 1]!.completionIds)];
              return { promptIds: [...before, ...Array.from(promptIds)], completionIds };
            }),
          ),
      },
    });
    return { out, vHackPath: null };
  },
};
