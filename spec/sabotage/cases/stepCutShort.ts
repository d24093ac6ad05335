import { stat, truncate } from "node:fs/promises";
import { runLayout, stepPaths } from "../../../src/artifact/runLayout.ts";
import { runSeed } from "../../support/honestRun.ts";
import type { Sabotage } from "../sabotage.ts";

export const stepCutShort: Sabotage = {
  name: "a step file cut short",
  breaks: "a vanilla step file loses its second half",
  caughtAt: "R2",
  pointsAt: /cut short or changed/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("stepCutShort");
    const { rows } = stepPaths(runLayout(out, "antipasto").replay("vanilla", runSeed), 3);
    await truncate(rows, Math.floor((await stat(rows)).size / 2));
    return { out, vHackPath: null };
  },
};
