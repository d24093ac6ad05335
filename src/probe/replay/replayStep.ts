import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Adapter } from "../../adapter/adapter.ts";
import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import type { AdamWHyperparameters } from "../../optim/adamw.ts";
import type { Optimizer } from "../../optim/optimizer.ts";
import { fracFired, meanCosine, sampleCosines, type SampleCosines } from "../../projection/cosines.ts";
import { expectFiniteGradient } from "../../projection/expectFiniteGradient.ts";
import { descentCosine, displacementAlong } from "../../projection/movement.ts";
import type { Projector } from "../../projection/gates.ts";
import { sumSamples } from "../../projection/sumSamples.ts";
import { aloneDeviation } from "./aloneDeviation.ts";
import type { ReplayParts } from "./replayParts.ts";
import { gradientBytes } from "../stepFiles.ts";
import type { Student } from "../student.ts";

export type Arm = "vanilla" | "projected";

/** What a replay does with each step's gradient. */
export interface ReplaySettings {
  readonly arm: Arm;
  /** what the projected arm takes out; vanilla only measures it */
  readonly project: Projector;
  readonly learningRate: number;
  readonly adamW: AdamWHyperparameters;
  readonly parts: ReplayParts;
}

/** What every step of a replay works with. */
export interface ReplayTools {
  readonly student: Student;
  readonly adapter: Adapter;
  readonly vHack: Tensor3D; // [M, k, P]
  readonly v: Tensor2D; // its unit directions, [M, P]
  readonly optimizer: Optimizer;
  /** where training started, [M, P]: displacement is measured from there */
  readonly start: Tensor2D;
}

export interface ReplayedStep {
  readonly rows: RolloutRow[];
  /** after the optimizer's step, [M, P] */
  readonly knobs: Tensor2D;
  readonly gradients: Uint8Array;
  readonly measurements: Record<string, number>;
}

/** What the step as a whole says, the same on each of its rows. */
type StepFigures = Pick<RolloutRow, "deltaSNorm" | "meanCosPre" | "meanCosPost" | "fracFired" | "cosUpdate">;

/**
 * One step of the replay, from the rollouts of one problem to the knobs after the optimizer's step.
 *
 * The vanilla arm descends the whole gradient; its cos_out is what projection would have left.
 */
export async function replayStep(
  { student, adapter, vHack, v, optimizer, start }: ReplayTools,
  { arm, project, learningRate, parts }: ReplaySettings,
  knobs: Tensor2D,
  source: readonly RolloutRow[],
  step: number,
): Promise<ReplayedStep> {
  const batch = parts.batch(source);
  const pass = await parts.forward(student.model, batch);
  const { perSampleLoss, dLogps } = parts.loss(source, pass.logps, batch.completionStarts);
  const gradients = pass.backward(adapter, knobs, dLogps);
  await expectFiniteGradient(`${arm} step ${step}`, gradients);
  const cosines = await sampleCosines(gradients, v);

  const total = sumSamples(gradients);
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
  const rows = source.map((row, b) =>
    replayedRow(
      row,
      arm,
      step,
      perSampleLoss[b]!,
      meanLogp(pass.logps, batch.completionStarts, b),
      cosines[b]!,
      figures,
    ),
  );
  const measurements = {
    alone_deviation: await aloneDeviation(student, adapter, parts, knobs, source, gradients, step),
    grad_norm: await normOf(total),
    displacement_along: displacement.along,
    displacement_cosine: displacement.cosine,
  };
  const bytes = await gradientBytes(gradients, adapter.layout, batch);
  tf.dispose([gradients, total, projected, removed, update, moved]);
  return { rows, knobs: next, gradients: bytes, measurements };
}

function replayedRow(
  row: RolloutRow,
  arm: string,
  step: number,
  perSampleLoss: number,
  logpMean: number,
  { cosSContrib, cosSNormalized, gradNorm }: SampleCosines,
  figures: StepFigures,
): RolloutRow {
  return {
    ...row,
    ...figures,
    arm,
    step,
    perSampleLoss,
    logpMean,
    cosSContrib,
    cosSNormalized,
    gradNormContrib: gradNorm,
  };
}

function meanLogp(logps: Float32Array, starts: Int32Array, b: number): number {
  const own = logps.subarray(starts[b], starts[b + 1]);
  return own.reduce((sum, logp) => sum + logp, 0) / own.length;
}

async function normOf(table: Tensor2D): Promise<number> {
  const norm = tf.tidy(() => tf.norm(table));
  const [value] = await norm.data();
  norm.dispose();
  return value!;
}
