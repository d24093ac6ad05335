import type { Found, Reading, StageEvidence } from "../../src/uat/evidence/evidence.ts";
import type { Phase2Evidence } from "../../src/uat/evidence/phase2Evidence.ts";
import { runEvidence } from "../../src/uat/evidence/runEvidence.ts";
import { runSeed } from "../support/honestRun.ts";
import { trajectoryOf } from "../../properties/support/madeUpArm.ts";

/** Artifacts of phase 1 and of extraction as they are, and made-up arms that show what R5 and R6 ask for. */
export async function healthyPhase2(out: string): Promise<Phase2Evidence> {
  const evidence = await runEvidence(out, runSeed).phase2();
  const rates = { start: 0.05, solves: 0.5, outside: 0.05 };
  const arms = {
    ...evidence.arms,
    vanilla: trajectoryOf("vanilla", { ...rates, end: 0.4 }),
    projected: trajectoryOf("projected", { ...rates, end: 0.15 }),
    random_v: trajectoryOf("random_v", { ...rates, end: 0.38 }),
    vanilla_lora: trajectoryOf("vanilla_lora", { ...rates, end: 0.42 }),
    projected_lora: trajectoryOf("projected_lora", { ...rates, end: 0.17 }),
  };
  return { ...evidence, arms };
}

/** A made-up arm whose last steps measured what a real stage measured. */
export function withMeasurements(
  arm: Reading<StageEvidence>,
  measured: Readonly<Record<string, number>>,
): Found<StageEvidence> {
  if (arm.kind !== "found") throw new Error("withMeasurements: expected a made-up arm");
  const value = arm.value.map((step) => ({
    ...step,
    manifest: { ...step.manifest!, measurements: { ...step.manifest!.measurements, ...measured } },
  }));
  return { ...arm, value };
}
