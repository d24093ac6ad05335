import { contrastiveExtraction } from "./phase2/contrastiveExtraction.ts";
import type { Criterion } from "./criteria.ts";
import { hackTrajectory } from "./phase2/hackTrajectory.ts";
import { loraComparison } from "./phase2/loraComparison.ts";
import type { Phase2Evidence } from "./evidence/phase2Evidence.ts";

/** What the note left open; these do not decide the gate, and R6 may be answered by a clean no. */
export const phase2Criteria: readonly Criterion<Phase2Evidence>[] = [
  {
    id: "R5",
    claim: "GRPO learns to hack, projection slows it",
    threshold: "rise > 20 points, gap >= 10, ratios not saturated",
    measure: hackTrajectory,
  },
  {
    id: "R6",
    claim: "LoRA's projection does as well",
    threshold: "reduction >= 0.80 of AntiPaSTO's, or a clean no",
    measure: loraComparison,
  },
  {
    id: "R7",
    claim: "GRPO-contrastive v_hack is as good",
    threshold: "t >= that of the NLL v_hack; tensors differ",
    measure: contrastiveExtraction,
  },
];
