import { runLayout } from "../../../src/artifact/runLayout.ts";
import type { Sabotage } from "../sabotage.ts";

/** The control that extraction writes, in v_hack's place. */
export const shuffledLabels: Sabotage = {
  name: "v_hack from shuffled labels",
  breaks: "half of the contrast pairs count their hack completion as the clean one",
  caughtAt: "R4",
  pointsAt: /v_hack does not tell|points the other way|not specific to v_hack|not its pairs'/,
  run: async (bench) => {
    const out = await bench.wholeCopyOfHonest("shuffledLabels");
    return { out, vHackPath: runLayout(out, "antipasto").control("shuffled_labels") };
  },
};
