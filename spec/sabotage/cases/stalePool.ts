import { readStep, writeStep } from "../../../src/artifact/manifest.ts";
import { runLayout } from "../../../src/artifact/runLayout.ts";
import type { Sabotage } from "../sabotage.ts";
import { sabotagedSteps } from "../workbench.ts";

/** The replay itself refuses such a pool; here the pool was swapped after the replay. */
export const stalePool: Sabotage = {
  name: "stale pool (model hash differs)",
  breaks: "the pool's manifests name another model than the replays'",
  caughtAt: "R2",
  pointsAt: /pool step 0 was made with model .* stale artifact/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("stalePool");
    const { pool } = runLayout(out, "antipasto");
    const { padTokenId } = bench.student.tokenizer;
    for (let step = 0; step < sabotagedSteps; step++) {
      const { rows, manifest } = await readStep(pool, step);
      await writeStep(pool, step, { rows, padTokenId, manifest: { ...manifest!, modelHash: "0".repeat(64) } });
    }
    return { out, vHackPath: null };
  },
};
