import { replayStage } from "../../../src/probe/replay/replayStage.ts";
import type { Sabotage } from "../sabotage.ts";

/** Rows are padded to the group's longest and the padding stays in the loss. */
export const padTokensScored: Sabotage = {
  name: "NLL over pad tokens",
  breaks: "completions are padded to the group's longest, and the pad tokens count in the NLL",
  caughtAt: "R2",
  pointsAt: /NLL counts prompt or pad tokens/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("padTokensScored");
    const pad = bench.student.tokenizer.padTokenId;
    await bench.replay(out, "vanilla", {
      stage: {
        ...replayStage,
        batch: (sequences) => {
          const longest = Math.max(...sequences.map(({ completionIds }) => completionIds.length));
          return replayStage.batch(
            sequences.map(({ promptIds, completionIds }) => ({
              promptIds,
              completionIds: [
                ...Array.from(completionIds),
                ...Array.from({ length: longest - completionIds.length }, () => pad),
              ],
            })),
          );
        },
      },
    });
    return { out, vHackPath: null };
  },
};
