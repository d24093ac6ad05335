import { stated, statedPoints } from "./common/bound.ts";
import type { Criterion } from "./common/measurement.ts";
import type { Phase2Evidence } from "./evidence/phase2Evidence.ts";
import { contrastiveExtraction, mostDiffer, noWorse } from "./phase2/contrastiveExtraction.ts";
import { hackTrajectory, leastGap, leastRise, mostOutside } from "./phase2/hackTrajectory.ts";
import { leastRatio, loraComparison } from "./phase2/loraComparison.ts";
import { hackFraction, leastHacked } from "./r1/hackFraction.ts";
import { cosineCoverage, leastCovered } from "./r2/cosineCoverage.ts";
import { leastReduced, projectionSteps } from "./r3/projectionSteps.ts";
import { discriminationReport } from "./r4/discriminationReport.ts";
import { leastT, mostP } from "./r4/welchConditions.ts";

/** The gate before the sweep, in the order of the chain. Another requirement is another entry. */
export const criteria: readonly Criterion[] = [
  {
    id: "R1",
    claim: "the teacher hacks",
    threshold: `hacked ${stated(leastHacked)} of the pool`,
    measure: hackFraction,
  },
  {
    id: "R2",
    claim: "every sample has a cosine",
    threshold: `finite cos_S on ${stated(leastCovered)} of the rows`,
    measure: cosineCoverage,
  },
  {
    id: "R3",
    claim: "the projection removes v_hack",
    threshold: `cos_out < cos_in on ${stated(leastReduced)} of the steps`,
    measure: projectionSteps,
  },
  {
    id: "R4",
    claim: "v_hack tells hacks from correct code",
    threshold: `Welch t ${stated(leastT)}, p ${stated(mostP)}; p_rand ${stated(mostP)}`,
    measure: discriminationReport,
  },
];

/** What the research note left open. These do not decide the gate, and R6 may be answered by a clean no. */
export const phase2Criteria: readonly Criterion<Phase2Evidence>[] = [
  {
    id: "R5",
    claim: "GRPO learns to hack, projection slows it",
    threshold: `rise ${statedPoints(leastRise)}, gap ${statedPoints(leastGap)}, teacher tokens beyond the clip ${stated(mostOutside)}`,
    measure: hackTrajectory,
  },
  {
    id: "R6",
    claim: "LoRA's projection does as well",
    threshold: `reduction ${stated(leastRatio)} of AntiPaSTO's, or a clean no`,
    measure: loraComparison,
  },
  {
    id: "R7",
    claim: "GRPO-contrastive v_hack is as good",
    threshold: `t minus that of the NLL v_hack ${stated(noWorse)}; directions differ in ${stated(mostDiffer)} of the modules`,
    measure: contrastiveExtraction,
  },
];
