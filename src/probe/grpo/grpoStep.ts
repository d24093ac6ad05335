import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { applyKnobs, type Adapter } from "../../adapter/adapter.ts";
import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import { advantages } from "../../loss/advantages.ts";
import { clipGradientNorm } from "../../optim/clipGradientNorm.ts";
import { fracFired, meanCosine } from "../../projection/cosines.ts";
import { descentCosine, displacementAlong } from "../../projection/movement.ts";
import { rates } from "./grpoExam.ts";
import { grpoGradient, logpsOfRows, type GrpoRowFigures, type WeighedRollout } from "./grpoGradient.ts";
import { descend, policyKnobs, type GrpoKnobs } from "./grpoKnobs.ts";
import { ratioMeasurements } from "./grpoRatios.ts";
import type { Rollout } from "./grpoRollouts.ts";
import { grpoDenominator, type GrpoSettings } from "./grpoSettings.ts";
import type { Student } from "../student.ts";

/** What every update of a run works with. */
export interface GrpoTools {
  readonly student: Student;
  readonly adapter: Adapter;
  readonly vHack: Tensor3D; // what cosines are measured with, [M, k, P]
  readonly v: Tensor2D; // its unit directions, [M, P]
  readonly direction: Tensor3D; // what the gate removes
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
  const { student, adapter, v } = tools;
  const weighed = advantages(groups.map((group) => group.map(({ row }) => row.reward)));
  const rows = await weighedRows(tools, settings, knobs, groups.flat(), weighed.advantages);
  const scale = {
    clip: settings.clip,
    beta: settings.beta,
    rowsAtOnce: settings.rowsAtOnce,
    denominator: grpoDenominator(settings),
  };
  const figures: GrpoRowFigures[][] = [];
  const stepFigures: StepFigures[] = [];
  let present = knobs;
  for (let epoch = 0; epoch < settings.innerEpochs; epoch++) {
    const policy = policyKnobs(present);
    const taken = await grpoGradient(student.model, adapter, policy, v, rows, scale);
    policy.dispose();
    const done = await descended(tools, settings, present, taken.gradient);
    taken.gradient.dispose();
    present = done.knobs;
    figures.push(taken.figures);
    stepFigures.push(done.figures);
    await applyPolicy(student, adapter, present);
  }
  const [first, last] = [figures[0]!, figures.at(-1)!];
  const moved: Tensor2D = tf.sub(present.deployed, tools.start);
  const displacement = await displacementAlong(moved, v);
  const deltaSNorm = await normOf(moved);
  moved.dispose();
  const measurements = {
    ...stepFigures[0]!.measurements,
    ...rowMeasurements(rows, last, settings.clip),
    groups: groups.length,
    zero_advantage_groups: weighed.zeroVarianceGroups,
    displacement_along: displacement.along,
    displacement_cosine: displacement.cosine,
    delta_s_norm: deltaSNorm,
  };
  return {
    rows: rows.map((row, b) => updatedRow(row, first[b]!, { ...stepFigures[0]!.onRows, deltaSNorm })),
    knobs: present,
    measurements,
  };
}

/** Merge what rollouts and gradients are taken at. */
export async function applyPolicy({ model }: Student, adapter: Adapter, knobs: GrpoKnobs): Promise<void> {
  const policy = policyKnobs(knobs);
  await applyKnobs(model, adapter, policy);
  policy.dispose();
}

async function weighedRows(
  { student, adapter }: GrpoTools,
  settings: GrpoSettings,
  knobs: GrpoKnobs,
  made: readonly Rollout[],
  weights: Float64Array,
): Promise<WeighedRollout[]> {
  const { beta, rowsAtOnce, teacherLogps } = settings;
  const rows = teacherLogps === "teacher" ? made : await asIfOnPolicy(student, made, rowsAtOnce);
  if (beta === 0) return rows.map((row, b) => ({ ...row, advantage: weights[b]!, refLogps: null }));
  student.model.useBase();
  const reference = await logpsOfRows(student.model, rows, rowsAtOnce);
  await applyPolicy(student, adapter, knobs);
  return rows.map((row, b) => ({ ...row, advantage: weights[b]!, refLogps: reference[b]! }));
}

/** The teacher's rows with the student's own log-probabilities: ratios of 1. */
async function asIfOnPolicy({ model }: Student, rows: readonly Rollout[], rowsAtOnce: number): Promise<Rollout[]> {
  const own = await logpsOfRows(model, rows, rowsAtOnce);
  return rows.map((rollout, b) => (rollout.row.srcPool === "teacher" ? { ...rollout, oldLogps: own[b]! } : rollout));
}

type OnRows = Pick<RolloutRow, "meanCosPre" | "meanCosPost" | "fracFired" | "cosUpdate">;

interface StepFigures {
  readonly onRows: OnRows;
  readonly measurements: Record<string, number>;
}

/** One descent, with the cosines of what was descended: cos_out is what the gate leaves (vanilla: would leave). */
async function descended(
  tools: GrpoTools,
  settings: GrpoSettings,
  knobs: GrpoKnobs,
  raw: Tensor2D,
): Promise<{ knobs: GrpoKnobs; figures: StepFigures }> {
  const { vHack, v, direction } = tools;
  const gradient = clipGradientNorm(raw, settings.clipGradNorm);
  const { projected, removed } = settings.remove(gradient, direction);
  const next = descend(knobs, gradient, direction, settings);
  const onRows = {
    meanCosPre: await meanCosine(gradient, v),
    meanCosPost: await meanCosine(projected, v),
    fracFired: await fracFired(gradient, vHack),
    cosUpdate: await descentCosine(next.update, v),
  };
  const measurements = {
    grad_norm: await normOf(raw),
    removed_norm: await normOf(removed),
    cos_in: onRows.meanCosPre,
    cos_out: onRows.meanCosPost,
    frac_fired: onRows.fracFired,
    cos_update: onRows.cosUpdate,
    update_norm: await normOf(next.update),
  };
  tf.dispose([gradient, projected, removed, next.update]);
  return { knobs: next.knobs, figures: { measurements, onRows } };
}

function rowMeasurements(
  rows: readonly WeighedRollout[],
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
  { row }: WeighedRollout,
  { logps, loss, impRatio, cosines }: GrpoRowFigures,
  stepFigures: OnRows & Pick<RolloutRow, "deltaSNorm">,
): RolloutRow {
  return {
    ...row,
    ...stepFigures,
    perSampleLoss: loss,
    impRatio,
    logpMean: logps.reduce((sum, logp) => sum + logp, 0) / logps.length,
    cosSContrib: cosines.cosSContrib,
    cosSNormalized: cosines.cosSNormalized,
    gradNormContrib: cosines.gradNorm,
  };
}

async function normOf(table: Tensor2D): Promise<number> {
  const norm = tf.tidy(() => tf.norm(table));
  const [value] = await norm.data();
  norm.dispose();
  return value!;
}
