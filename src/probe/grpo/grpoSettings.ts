import type { AdamWHyperparameters } from "../../optim/adamw.ts";
import type { Projector } from "../../projection/gates.ts";
import type { GenerationSettings } from "../../decoder/generate.ts";

/**
 * vanilla    descends the whole gradient
 * projected  what is left without the hack-ward part
 * routed     the same, and parks what was removed in a second knob that is zero at deployment
 * random_v   as projected, along random directions: a reduction that this arm shows too is not v_hack's doing
 */
export const grpoArms = ["vanilla", "projected", "routed", "random_v"] as const;
export type GrpoArm = (typeof grpoArms)[number];

/** Who answers which prompts, how often. */
export interface GrpoRollouts {
  readonly promptsPerStep: number;
  readonly studentRollouts: number; // per prompt
  readonly teacherRollouts: number; // per prompt
  readonly rowsAtOnce: number;
  readonly sampling: Omit<GenerationSettings, "stopIds">;
}

/** The Dr.GRPO loss and what is done with its gradient. */
export interface GrpoUpdate {
  readonly arm: GrpoArm;
  /** what the gate takes out of a gradient */
  readonly remove: Projector;
  /** whether the gate acts on the gradient or on the optimizer's step */
  readonly project: "gradient" | "update";
  /**
   * What the teacher's rows carry as old log-probabilities: those of the teacher, who made them; or the student's own before
   * the update, which makes their ratios 1 and the gradient an imitation of rewarded teacher rows. The second is no policy
   * gradient: it is here to tell what the importance weights do.
   */
  readonly teacherLogps: "teacher" | "student";
  readonly innerEpochs: number;
  readonly clip: number;
  readonly beta: number; // weight of the K3 KL to the base model; 0: none
  readonly optimizer: "adamw" | "sgd";
  readonly adamW: AdamWHyperparameters;
  readonly learningRate: number;
  /** the raw gradient is clipped before the gate, so that the projected arm takes vanilla's own step less the hack-ward part */
  readonly clipGradNorm: number;
}

/** When and on what the student is examined. */
export interface GrpoEvaluation {
  readonly every: number; // steps
  readonly problems: number; // of each of the two sets
  readonly rollouts: number; // per problem
}

export interface GrpoSettings extends GrpoRollouts, GrpoUpdate {
  readonly steps: number;
  readonly evaluation: GrpoEvaluation;
}

/** The Dr.GRPO denominator, rows of a step times the longest completion: the same whatever was generated. */
export function grpoDenominator(settings: GrpoRollouts): number {
  const { studentRollouts, teacherRollouts, sampling, promptsPerStep } = settings;
  return (studentRollouts + teacherRollouts) * sampling.maxNewTokens * promptsPerStep;
}
