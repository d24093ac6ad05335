import { readStep, writeStep } from "../../../src/artifact/manifest.ts";
import { runLayout } from "../../../src/artifact/runLayout.ts";
import type { Sabotage } from "../sabotage.ts";

export const duplicatedRows: Sabotage = {
  name: "duplicated rows",
  breaks: "a pool step is written with each of its rows twice",
  caughtAt: "R1",
  pointsAt: /duplicated rows/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("duplicatedRows");
    const { rows, manifest } = await readStep(runLayout(out, "antipasto").pool, 2);
    await writeStep(runLayout(out, "antipasto").pool, 2, {
      rows: [...rows, ...rows],
      padTokenId: bench.student.tokenizer.padTokenId,
      manifest: manifest!,
    });
    return { out, vHackPath: null };
  },
};
