import type { PairMeans } from "../../vhack/pairMeansFile.ts";
import type { Evidence, Reading, StageEvidence, VHackEvidence } from "./evidence.ts";

/** Arms of the trajectory probe that requirements read. */
export const trajectoryArms = [
  "vanilla",
  "projected",
  "random_v",
  "vanilla_lora",
  "projected_lora",
  "random_v_lora",
  "routed",
] as const;
export type TrajectoryArm = (typeof trajectoryArms)[number];

/** Everything that R5 to R7 are judged on. */
export interface Phase2Evidence {
  /** R1 to R4's: the AntiPaSTO replays and v_hack */
  readonly antipasto: Evidence;
  /** the same of the LoRA arm, over the same pool */
  readonly lora: Evidence;
  readonly arms: Readonly<Record<TrajectoryArm, Reading<StageEvidence>>>;
  readonly vHackGrpo: Reading<VHackEvidence>;
  readonly pairMeansGrpo: Reading<PairMeans>;
}
