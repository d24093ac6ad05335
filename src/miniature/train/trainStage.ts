import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { fileExists } from "../../artifact/fileExists.ts";
import { withSafetensors, writeSafetensors } from "../../artifact/safetensors.ts";
import { NonFiniteError } from "../../errors.ts";
import { AdamW } from "../../optim/adamw.ts";
import type { CorpusMixName } from "../world/corpusMix.ts";
import type { TrainPool } from "./trainPool.ts";

/** One stage of training. */
export interface TrainStage {
  readonly name: string;
  readonly mix: CorpusMixName;
  readonly steps: number;
  /** examples per step, a multiple of shardRows */
  readonly rows: number;
  readonly peakLearningRate: number;
  readonly warmupSteps: number;
  readonly promptWeight: number;
}

/** What is trained, as one flat vector: all of a model's parameters, or a LoRA's. */
export interface Trainable {
  /** the model's parameters at these values */
  parameters(values: Float32Array): Float32Array;
  /** gradient of the values, given that of the model's parameters */
  gradient(values: Float32Array, parameterGradient: Float32Array): Float32Array;
}

export type TrainProgress = (stage: TrainStage, step: number, lossNats: number) => void;

/** How training runs; none of it changes the result's bytes. */
export interface TrainRun {
  readonly pool: TrainPool;
  /** keeps the checkpoint of an interrupted stage */
  readonly workFolder: string;
  readonly onProgress: TrainProgress;
}

/** Examples per shard. Fixed, so that sums, and with them the result's bytes, do not depend on the number of workers. */
export const shardRows = 4;

const adamW = { beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.01 };
const clipNorm = 1;
const checkpointEvery = 25;

/**
 * Train one stage from `start`, or from where an interrupted run left its checkpoint.
 *
 *     lr(step) = peak * min(1, (step + 1) / warmup) * (1 + cos(pi step / steps)) / 2
 *
 * @returns the trained values
 * @throws NonFiniteError  the loss is NaN or infinite
 */
export async function trainStage(
  stage: TrainStage,
  trainable: Trainable,
  start: Float32Array,
  { pool, workFolder, onProgress }: TrainRun,
): Promise<Float32Array> {
  const checkpoint = join(workFolder, `${stage.name}.safetensors`);
  const resumed = (await fileExists(checkpoint)) ? await readCheckpoint(checkpoint) : null;
  const P = start.length;
  const optimizer = resumed === null ? AdamW.start(1, P, adamW) : AdamW.resume(1, P, adamW, resumed.state);
  let values = resumed === null ? start : resumed.values;
  for (let step = resumed?.state.t ?? 0; step < stage.steps; step++) {
    const { gradient, loss } = await meanGradient(stage, step, trainable.parameters(values), pool);
    if (!Number.isFinite(loss))
      throw new NonFiniteError(`${stage.name} step ${step}: expected a finite loss, got ${loss}`);
    values = await takeStep(
      optimizer,
      values,
      clipped(trainable.gradient(values, gradient)),
      learningRate(stage, step),
    );
    onProgress(stage, step + 1, loss);
    if ((step + 1) % checkpointEvery === 0 || step + 1 === stage.steps)
      await writeCheckpoint(checkpoint, values, optimizer);
  }
  optimizer.dispose();
  return values;
}

async function meanGradient(stage: TrainStage, step: number, parameters: Float32Array, pool: TrainPool) {
  const { mix, promptWeight, rows } = stage;
  const jobs = Array.from({ length: rows / shardRows }, (_, shard) => ({
    parameters,
    mix,
    promptWeight,
    indices: Array.from({ length: shardRows }, (_, i) => step * rows + shard * shardRows + i),
  }));
  const shards = await pool.run(jobs);
  const weight = shards.reduce((sum, shard) => sum + shard.weight, 0);
  const gradient = new Float32Array(parameters.length);
  for (const shard of shards) for (let i = 0; i < gradient.length; i++) gradient[i]! += shard.gradient[i]! / weight;
  return { gradient, loss: shards.reduce((sum, shard) => sum + shard.weightedNll, 0) / weight };
}

async function takeStep(
  optimizer: AdamW,
  values: Float32Array,
  gradient: Float32Array,
  lr: number,
): Promise<Float32Array> {
  const knobs: Tensor2D = tf.tensor2d(values, [1, values.length]);
  const slope: Tensor2D = tf.tensor2d(gradient, [1, gradient.length]);
  const { knobs: next, update } = optimizer.step(knobs, slope, lr);
  const stepped = (await next.data()) as Float32Array;
  tf.dispose([knobs, slope, next, update]);
  return stepped;
}

function learningRate({ peakLearningRate, warmupSteps, steps }: TrainStage, step: number): number {
  return peakLearningRate * Math.min(1, (step + 1) / warmupSteps) * ((1 + Math.cos((Math.PI * step) / steps)) / 2);
}

function clipped(gradient: Float32Array): Float32Array {
  let squares = 0;
  for (const value of gradient) squares += value * value;
  const scale = Math.min(1, clipNorm / Math.sqrt(squares));
  return gradient.map((value) => value * scale);
}

async function writeCheckpoint(path: string, values: Float32Array, optimizer: AdamW): Promise<void> {
  const { m, v, t } = await optimizer.state();
  const shape = [values.length];
  const tensors = new Map([
    ["values", { shape, data: values }],
    ["m", { shape, data: m }],
    ["v", { shape, data: v }],
  ]);
  await writeSafetensors(path, tensors, { step: String(t) });
}

function readCheckpoint(path: string) {
  return withSafetensors(path, async (file) => {
    const [m, v] = [await file.readFloat32("m"), await file.readFloat32("v")];
    return { values: await file.readFloat32("values"), state: { m, v, t: Number(file.metadata["step"]) } };
  });
}
