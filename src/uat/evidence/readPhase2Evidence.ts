import { readPairMeans } from "../../vhack/pairMeansFile.ts";
import { pairMeansPath, runLayout, type AdapterName } from "../../artifact/runLayout.ts";
import { trajectoryArms, type Phase2Evidence, type TrajectoryArm } from "./phase2Evidence.ts";
import type { Evidence, Reading, StageEvidence } from "./evidence.ts";
import { readingOf } from "./readingOf.ts";
import { readStage, readVHackEvidence } from "./readEvidence.ts";

/** The arm and the adapter behind each name. */
const armOf: Readonly<Record<TrajectoryArm, readonly [arm: string, adapter: AdapterName]>> = {
  vanilla: ["vanilla", "antipasto"],
  projected: ["projected", "antipasto"],
  random_v: ["random_v", "antipasto"],
  routed: ["routed", "antipasto"],
  vanilla_lora: ["vanilla", "lora"],
  projected_lora: ["projected", "lora"],
  random_v_lora: ["random_v", "lora"],
};

/**
 * Read what R5 to R7 are judged on beside both adapters' evidence: the trajectories of all arms, and the v_hack of the GRPO
 * loss (runLayout has the places).
 *
 * @param antipasto, lora  R1 to R4's evidence, each of the run's own v_hack
 */
export async function readPhase2Evidence(
  out: string,
  seed: number,
  antipasto: Evidence,
  lora: Evidence,
): Promise<Phase2Evidence> {
  const flags = `--seed ${seed} --out ${out}`;
  const vHackGrpo = runLayout(out, "antipasto").vHack("grpo");
  const read = async (name: TrajectoryArm) => {
    const [arm, adapter] = armOf[name];
    const folder = runLayout(out, adapter).trajectory(arm, seed);
    return [name, await readStage(folder, `vhack grpo --arm ${name} ${flags}`)] as const;
  };
  return {
    antipasto,
    lora,
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
