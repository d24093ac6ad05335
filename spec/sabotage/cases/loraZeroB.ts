import { openLora } from "../../../src/probe/openAdapter.ts";
import { healthyPhase2 } from "../healthyPhase2.ts";
import type { Phase2Sabotage } from "../phase2Sabotage.ts";

export const loraZeroB: Phase2Sabotage = {
  name: "LoRA B zero at extraction",
  breaks: "v_hack_lora is extracted at peft's start, where B is zero and A gets no gradient",
  caughtAt: "R6",
  pointsAt: /B was zero at extraction/,
  run: async (bench, stage) => {
    const out = await bench.copyOfHonest(`loraZeroB-${stage}`);
    const lora = openLora(bench.student, { rank: 2, alpha: 4, bStd: stage === "honest" ? 0.01 : 0, seed: 0 });
    await bench.extractInto(out, lora, await bench.fewPairs(), {});
    return healthyPhase2(out);
  },
};
