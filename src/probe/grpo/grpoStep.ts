import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import { displacementAlong } from "../../projection/movement.ts";
import { normOf } from "../normOf.ts";
import type { Student } from "../run.ts";
import { grpoDescent, type DescentFigures, type GrpoDirections } from "./grpoDescent.ts";
import { grpoGradient, type GrpoRowFigures } from "./grpoGradient.ts";
import { applyPolicy, policyKnobs, type GrpoKnobs } from "./grpoKnobs.ts";
import { ratioMeasurements } from "./grpoRatios.ts";
import type { Rollout } from "./grpoRollouts.ts";
import { grpoDenominator, type GrpoSettings } from "./grpoSettings.ts";
import { rates } from "./rates.ts";
import { rolloutsWithAdvantages, type RolloutWithAdvantage } from "./rolloutsWithAdvantages.ts";

/** What every update of a run works with. */
export interface GrpoTools extends GrpoDirections {
  readonly student: Student;
  readonly start: Tensor2D; // where training started, [M, P]
}

export interface GrpoUpdated {
  readonly rows: RolloutRow[];
  readonly knobs: GrpoKnobs;
  readonly measurements: Record<string, number>;
}

/**
 * One GRPO update, from a step's graded groups to the knobs after its inner epochs.
 *
 * The policy's knobs are merged when it starts and when it returns. Cosines and row figures are those of the first inner
 * epoch, when fresh student rows are on policy; ratios those of the last.
 *
 * @param groups  rollouts of each problem, teacher's and student's
 */
export async function grpoUpdate(
  tools: GrpoTools,
  settings: GrpoSettings,
  knobs: GrpoKnobs,
  groups: readonly (readonly Rollout[])[],
): Promise<GrpoUpdated> {
  const { rows, zeroVarianceGroups } = await rolloutsWithAdvantages(tools.student, settings, knobs, groups);
  const first = await innerEpoch(tools, settings, knobs, rows);
  let last = first;
  for (let epoch = 1; epoch < settings.innerEpochs; epoch++) last = await innerEpoch(tools, settings, last.knobs, rows);
  const moved: Tensor2D = tf.sub(last.knobs.deployed, tools.start);
  const displacement = await displacementAlong(moved, tools.v);
  const deltaSNorm = await normOf(moved);
  moved.dispose();
  return {
    rows: rows.map(({ row }, b) => ({ ...updatedRow(row, first.rows[b]!, first.figures), deltaSNorm })),
    knobs: last.knobs,
    measurements: {
      ...first.figures,
      ...rowMeasurements(rows, last.rows, settings.clip),
      groups: groups.length,
      zero_advantage_groups: zeroVarianceGroups,
      displacement_along: displacement.along,
      displacement_cosine: displacement.cosine,
      delta_s_norm: deltaSNorm,
    },
  };
}

interface InnerEpoch {
  readonly knobs: GrpoKnobs;
  readonly figures: DescentFigures;
  readonly rows: readonly GrpoRowFigures[];
}

/** Gradient at the present policy, one descent, and the policy merged again. */
async function innerEpoch(
  tools: GrpoTools,
  settings: GrpoSettings,
  knobs: GrpoKnobs,
  rows: readonly RolloutWithAdvantage[],
): Promise<InnerEpoch> {
  const { clip, beta, rowsAtOnce } = settings;
  const policy = policyKnobs(knobs);
  const scale = { clip, beta, rowsAtOnce, denominator: grpoDenominator(settings) };
  const taken = await grpoGradient(tools.student, { knobs: policy, v: tools.v }, rows, scale);
  policy.dispose();
  const done = await grpoDescent(tools, settings, knobs, taken.gradient);
  taken.gradient.dispose();
  await applyPolicy(tools.student, done.knobs);
  return { ...done, rows: taken.figures };
}

function rowMeasurements(
  rows: readonly RolloutWithAdvantage[],
  figures: readonly GrpoRowFigures[],
  clip: number,
): Record<string, number> {
  const of = (who: "student" | "teacher") =>
    rows.flatMap(({ row }, b) => (row.srcPool === who ? [{ row, ...figures[b]! }] : []));
  const [student, teacher] = [of("student"), of("teacher")];
  return {
    ...rates("student", student),
    ...(teacher.length === 0 ? {} : rates("teacher", teacher)),
    ...ratioMeasurements("student", student, clip),
    ...ratioMeasurements("teacher", teacher, clip),
    loss: figures.reduce((sum, { loss }) => sum + loss, 0),
  };
}

function updatedRow(
  row: RolloutRow,
  { logps, loss, impRatio, cosines }: GrpoRowFigures,
  { cos_in, cos_out, frac_fired, cos_update }: DescentFigures,
): RolloutRow {
  return {
    ...row,
    meanCosPre: cos_in,
    meanCosPost: cos_out,
    fracFired: frac_fired,
    cosUpdate: cos_update,
    perSampleLoss: loss,
    impRatio,
    logpMean: logps.reduce((sum, logp) => sum + logp, 0) / logps.length,
    cosSContrib: cosines.cosSContrib,
    cosSNormalized: cosines.cosSNormalized,
    gradNormContrib: cosines.gradNorm,
  };
}
