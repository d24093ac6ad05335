import type { GrpoUpdate } from "../../../src/probe/grpo/grpoSettings.ts";
import { oneSided } from "../../../src/projection/gates.ts";

/** Settings of one descent; learning rate 0.5, the gate one_sided. */
export function updateOf(
  arm: GrpoUpdate["arm"],
  project: GrpoUpdate["project"],
  optimizer: GrpoUpdate["optimizer"],
): GrpoUpdate {
  return {
    arm,
    project,
    optimizer,
    adamW: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 },
    teacherLogps: "teacher",
    innerEpochs: 1,
    clip: 0.2,
    beta: 0,
    learningRate: 0.5,
    clipGradNorm: 1,
    remove: (gradient, vHack) => oneSided(gradient, vHack, 1),
  };
}
