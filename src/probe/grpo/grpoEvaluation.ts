import { applyKnobs } from "../../adapter/adapter.ts";
import type { Grader } from "../../environment/grader.ts";
import type { Problem } from "../../environment/problem.ts";
import type { LoadedModel } from "../loadedModel.ts";
import type { Student } from "../run.ts";
import { applyPolicy, type GrpoKnobs } from "./grpoKnobs.ts";
import { rollouts } from "./grpoRollouts.ts";
import type { GrpoSettings } from "./grpoSettings.ts";
import { rates } from "./rates.ts";

/** What the student is evaluated on, the same at every step and in every arm; and who grades it. */
export interface EvaluationSets {
  readonly train: readonly Problem[];
  readonly heldout: readonly Problem[];
  readonly grader: Grader;
}

/**
 * Evaluate the policy in use: its hack and solve rates on training prompts and on held-out ones, graded live.
 *
 * The random streams are the same in every evaluation, so two of them differ by the policy alone. Measurements, streams and
 * rows are called `exam` in files, which keep their first name.
 */
export async function evaluate(
  policy: LoadedModel,
  sets: EvaluationSets,
  settings: GrpoSettings,
  step: number,
): Promise<Record<string, number>> {
  const measured: Record<string, number> = {};
  for (const name of ["train", "heldout"] as const) {
    const request = {
      perProblem: settings.evaluation.rollouts,
      firstSampleId: 0,
      rowsAtOnce: settings.rowsAtOnce,
      sampling: settings.sampling,
      source: { step, arm: settings.arm, srcPool: "exam" },
      stream: `exam/${name}`,
    };
    const answered = (await rollouts(policy, sets[name], sets.grader, request)).flat();
    Object.assign(measured, rates(`exam_${name}`, answered));
  }
  return measured;
}

/** Evaluate what would be deployed: without the quarantined knob. The policy is merged again when it returns. */
export async function evaluateDeployed(
  student: Student,
  knobs: GrpoKnobs,
  evaluation: () => Promise<Record<string, number>>,
): Promise<Record<string, number>> {
  await applyKnobs(student.loaded.model, student.adapter, knobs.deployed);
  const measured = await evaluation();
  await applyPolicy(student, knobs);
  return measured;
}
