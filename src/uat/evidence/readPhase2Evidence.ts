import { join } from "node:path";
import { pairMeansPath, readPairMeans } from "../../vhack/pairMeansFile.ts";
import { trajectoryArms, type Phase2Evidence, type TrajectoryArm } from "./phase2Evidence.ts";
import type { Evidence, Reading, StageEvidence } from "./evidence.ts";
import { readingOf } from "./readingOf.ts";
import { loraNames, readAdapterEvidence, readStage, readVHackEvidence } from "./readEvidence.ts";

/**
 * Read everything that R5 to R7 are judged on.
 *
 *     OUT/probe_grpo/ARM_seedS/step_000.jsonl.gz ...          trajectories
 *     OUT/probe_distill/{vanilla_lora, projected_lora}_seedS  LoRA replays of the pool
 *     OUT/vhack/v_hack_lora.safetensors, v_hack_grpo.safetensors
 *
 * @param antipasto  R1 to R4's evidence, of the run's own v_hack
 */
export async function readPhase2Evidence(out: string, seed: number, antipasto: Evidence): Promise<Phase2Evidence> {
  const flags = `--seed ${seed} --out ${out}`;
  const vHackGrpo = join(out, "vhack", "v_hack_grpo.safetensors");
  const read = async (arm: TrajectoryArm) =>
    [arm, await readStage(join(out, "probe_grpo", `${arm}_seed${seed}`), `vhack grpo --arm ${arm} ${flags}`)] as const;
  return {
    antipasto,
    lora: await readAdapterEvidence(out, seed, null, loraNames),
    arms: Object.fromEntries(await Promise.all(trajectoryArms.map(read))) as Record<
      TrajectoryArm,
      Reading<StageEvidence>
    >,
    vHackGrpo: await readVHackEvidence(vHackGrpo, `--loss grpo ${flags}`),
    pairMeansGrpo: await readingOf(
      pairMeansPath(vHackGrpo),
      `vhack extract --loss grpo --overwrite ${flags}`,
      readPairMeans,
    ),
  };
}

/** Whether anything of phase 2 has been made. */
export function hasPhase2({ arms, vHackGrpo, lora }: Phase2Evidence): boolean {
  return [...Object.values(arms), vHackGrpo, lora.vanilla].some(({ kind }) => kind !== "missing");
}
