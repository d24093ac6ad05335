import { openLora } from "../../../src/probe/openAdapter.ts";
import { healthyPhase2, withMeasurements } from "../healthyPhase2.ts";
import type { Phase2Sabotage } from "../phase2Sabotage.ts";

/** The replay's own drift measurements stand in the projected LoRA arm. */
export const loraBasisDrifted: Phase2Sabotage = {
  name: "LoRA basis drifted",
  breaks:
    "the projected LoRA arm takes steps a hundred times too long, and A and B leave the subspaces that v_hack was taken in",
  caughtAt: "R6",
  pointsAt: /basis drifted/,
  run: async (bench, stage) => {
    const out = await bench.copyOfHonest(`loraBasisDrifted-${stage}`);
    const lora = openLora(bench.student, { rank: 2, alpha: 4, bStd: 0.01, seed: 0 });
    const measured = await bench.loraDrift(out, lora, stage === "honest" ? 1e-3 : 1e-1);
    const evidence = await healthyPhase2(out);
    return {
      ...evidence,
      arms: { ...evidence.arms, projected_lora: withMeasurements(evidence.arms.projected_lora, measured) },
    };
  },
};
