import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { stepExtras } from "../../artifact/runLayout.ts";
import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import type { AdamWHyperparameters } from "../../optim/adamw.ts";
import type { Optimizer } from "../../optim/optimizer.ts";
import { fracFired, meanCosine } from "../../projection/cosines.ts";
import type { Projector } from "../../projection/gates.ts";
import { descentCosine, displacementAlong } from "../../projection/movement.ts";
import { normOf } from "../normOf.ts";
import type { Student } from "../run.ts";
import { gradientBytes } from "../stepFiles.ts";
import type { MadeStep } from "../steps.ts";
import { gradientAlone, replayGradients, type GradientPlace, type ReplayedRow } from "./replayGradients.ts";
import type { ReplayStage } from "./replayStage.ts";
import { sampleLeak } from "./sampleLeak.ts";

export type Arm = "vanilla" | "projected";

/** What a replay does with each step's gradient. */
export interface ReplaySettings {
  readonly arm: Arm;
  /** what the projected arm takes out; vanilla only measures it */
  readonly project: Projector;
  readonly learningRate: number;
  readonly adamW: AdamWHyperparameters;
  readonly rowsAtOnce: number;
  readonly stage: ReplayStage;
}

/** What every step of a replay works with. */
export interface ReplayTools {
  readonly student: Student;
  readonly vHack: Tensor3D; // [M, k, P]
  readonly v: Tensor2D; // its unit directions, [M, P]
  readonly optimizer: Optimizer;
  /** where training started, [M, P]: displacement is measured from there */
  readonly start: Tensor2D;
}

/** What one step starts from: the rollouts of one problem, and the knobs that are merged into the model, [M, P]. */
export interface ReplayStepStart {
  readonly step: number;
  readonly source: readonly RolloutRow[];
  readonly knobs: Tensor2D;
}

/** What the step as a whole says, the same on each of its rows. */
type StepFigures = Pick<RolloutRow, "deltaSNorm" | "meanCosPre" | "meanCosPost" | "fracFired" | "cosUpdate">;

/**
 * One step of the replay, from the rollouts of one problem to the knobs after the optimizer's step.
 *
 *     gradients of all samples -> sum -> gate (projected arm) -> AdamW
 *
 * The vanilla arm descends the whole gradient; its cos_out is what projection would have left.
 *
 * @returns knobs: after the optimizer's step, [M, P]; the caller frees them
 */
export async function replayStep(
  tools: ReplayTools,
  settings: ReplaySettings,
  from: ReplayStepStart,
): Promise<{ knobs: Tensor2D; made: Required<MadeStep> }> {
  const { student, vHack, v, optimizer, start } = tools;
  const { step, source, knobs } = from;
  const { arm, project, learningRate, rowsAtOnce, stage } = settings;
  const place = { student, stage, knobs };
  const gradients = await replayGradients(place, source, v, { rowsAtOnce, where: `${arm} step ${step}` });
  const { total } = gradients;
  const { projected, removed } = project(total, vHack);
  const { knobs: next, update } = optimizer.step(knobs, arm === "projected" ? projected : total, learningRate);
  const moved: Tensor2D = tf.sub(next, start);
  const displacement = await displacementAlong(moved, v);
  const figures: StepFigures = {
    deltaSNorm: await normOf(moved),
    meanCosPre: await meanCosine(total, v),
    meanCosPost: await meanCosine(projected, v),
    fracFired: await fracFired(total, vHack),
    cosUpdate: await descentCosine(update, v),
  };
  const rows = source.map((row, b) => replayedRow({ ...row, arm, step }, gradients.rows[b]!, figures));
  const measurements = {
    alone_deviation: await leakOfOneRow(place, from, gradients.rows),
    grad_norm: await normOf(total),
    displacement_along: displacement.along,
    displacement_cosine: displacement.cosine,
  };
  const extras = new Map([[stepExtras.gradients, gradientBytes(student.adapter.layout, gradients.stored)]]);
  tf.dispose([total, projected, removed, update, moved]);
  return { knobs: next, made: { rows, measurements, extras } };
}

function replayedRow(row: RolloutRow, { loss, logpMean, cosines }: ReplayedRow, figures: StepFigures): RolloutRow {
  const { cosSContrib, cosSNormalized, gradNorm } = cosines;
  return {
    ...row,
    ...figures,
    perSampleLoss: loss,
    logpMean,
    cosSContrib,
    cosSNormalized,
    gradNormContrib: gradNorm,
  };
}

/** The leak between samples, exactly: one row a step, in turn over the steps, is taken back alone; 0 where it was alone. */
async function leakOfOneRow(
  place: GradientPlace,
  { step, source }: ReplayStepStart,
  rows: readonly ReplayedRow[],
): Promise<number> {
  const turn = step % source.length;
  const { gradient, isAlone } = rows[turn]!;
  return isAlone ? 0 : sampleLeak(await gradientAlone(place, source[turn]!), gradient);
}
