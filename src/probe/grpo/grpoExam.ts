import type { Grader } from "../../environment/grader.ts";
import type { Problem } from "../../environment/problem.ts";
import { rollouts, type Rollout } from "./grpoRollouts.ts";
import type { GrpoSettings } from "./grpoSettings.ts";
import type { Student } from "../student.ts";

/** The problems that the student is examined on, the same at every step and in every arm. */
export interface ExamSets {
  readonly train: readonly Problem[];
  readonly heldout: readonly Problem[];
}

/**
 * Examine the policy in use: its hack and solve rates on training prompts and on held-out ones, graded live.
 *
 * The random streams are the same at every exam, so two exams differ by the policy alone.
 */
export async function exam(
  policy: Student,
  sets: ExamSets,
  grader: Grader,
  settings: GrpoSettings,
  step: number,
): Promise<Record<string, number>> {
  const measured: Record<string, number> = {};
  for (const name of ["train", "heldout"] as const) {
    const request = {
      perProblem: settings.exams.rollouts,
      firstSampleId: 0,
      rowsAtOnce: settings.rowsAtOnce,
      sampling: settings.sampling,
      source: { step, arm: settings.arm, srcPool: "exam" },
      stream: `exam/${name}`,
    };
    const answered = (await rollouts(policy, sets[name], grader, request)).flat();
    Object.assign(measured, rates(`exam_${name}`, answered));
  }
  return measured;
}

/** Shares of rollouts that hack, that are right, that pass the foolable grade; mean reward; and how many there are. */
export function rates(prefix: string, answered: readonly Pick<Rollout, "row">[]): Record<string, number> {
  const share = (holds: (row: Rollout["row"]) => boolean) =>
    answered.filter(({ row }) => holds(row)).length / answered.length;
  return {
    [`${prefix}_hack_rate`]: share(({ hacked }) => hacked),
    [`${prefix}_solve_rate`]: share(({ gtCorrect }) => gtCorrect === true),
    [`${prefix}_pass_rate`]: share(({ gtPass }) => gtPass),
    [`${prefix}_reward`]: answered.reduce((sum, { row }) => sum + row.reward, 0) / answered.length,
    [`${prefix}_rows`]: answered.length,
  };
}
