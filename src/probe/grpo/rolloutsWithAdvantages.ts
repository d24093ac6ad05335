import { advantages } from "../../loss/advantages.ts";
import type { LoadedModel } from "../loadedModel.ts";
import type { Student } from "../run.ts";
import { applyPolicy, type GrpoKnobs } from "./grpoKnobs.ts";
import type { Rollout } from "./grpoRollouts.ts";
import type { GrpoSettings } from "./grpoSettings.ts";
import { logpsOfRows } from "./logpsOfRows.ts";

/** A rollout and what the loss needs of it beyond its tokens. */
export interface RolloutWithAdvantage extends Rollout {
  readonly advantage: number;
  /** of the base model, [compLen]; null when there is no KL */
  readonly refLogps: Float32Array | null;
}

/**
 * The rows of a step's groups, ready for the loss; and how many groups have equal rewards, which cannot teach anything.
 *
 * @param knobs  the policy's, merged when this starts and when it returns
 */
export async function rolloutsWithAdvantages(
  student: Student,
  settings: GrpoSettings,
  knobs: GrpoKnobs,
  groups: readonly (readonly Rollout[])[],
): Promise<{ rows: RolloutWithAdvantage[]; zeroVarianceGroups: number }> {
  const weights = advantages(groups.map((group) => group.map(({ row }) => row.reward)));
  const rows = await withOldLogps(student.loaded, settings, groups.flat());
  const reference = settings.beta === 0 ? null : await referenceLogps(student, settings, knobs, rows);
  return {
    rows: rows.map((row, b) => ({
      ...row,
      advantage: weights.advantages[b]!,
      refLogps: reference === null ? null : reference[b]!,
    })),
    zeroVarianceGroups: weights.zeroVarianceGroups,
  };
}

/** With teacherLogps = student, the teacher's rows get the student's own log-probabilities: ratios of 1. */
async function withOldLogps(
  { model }: LoadedModel,
  { teacherLogps, rowsAtOnce }: GrpoSettings,
  rollouts: readonly Rollout[],
): Promise<readonly Rollout[]> {
  if (teacherLogps === "teacher") return rollouts;
  const own = await logpsOfRows(
    model,
    rollouts.map(({ row }) => row),
    rowsAtOnce,
  );
  return rollouts.map((rollout, b) =>
    rollout.row.srcPool === "teacher" ? { ...rollout, oldLogps: own[b]! } : rollout,
  );
}

/** Log-probabilities under the base model, for the KL. */
async function referenceLogps(
  student: Student,
  { rowsAtOnce }: GrpoSettings,
  knobs: GrpoKnobs,
  rollouts: readonly Rollout[],
): Promise<Float32Array[]> {
  const { model } = student.loaded;
  model.useBase();
  const logps = await logpsOfRows(
    model,
    rollouts.map(({ row }) => row),
    rowsAtOnce,
  );
  await applyPolicy(student, knobs);
  return logps;
}
