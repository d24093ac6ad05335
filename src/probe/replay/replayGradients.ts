import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import { chunksOf } from "../../numeric/chunksOf.ts";
import { sampleCosines, type SampleCosines } from "../../projection/cosines.ts";
import { expectFiniteGradient } from "../../projection/expectFiniteGradient.ts";
import { sumSamples } from "../../projection/sumSamples.ts";
import type { Student } from "../run.ts";
import type { StoredGradients } from "../stepFiles.ts";
import type { ReplayStage } from "./replayStage.ts";

/** Where gradients are taken, and what they are compared with. */
export interface GradientPlace {
  readonly student: Student;
  readonly stage: ReplayStage;
  /** merged into the model already, [M, P] */
  readonly knobs: Tensor2D;
}

/** What one row's own loss and gradient come to. */
export interface ReplayedRow {
  readonly gradient: Float32Array; // [M * P]
  readonly isAlone: boolean; // no other row passed through the model with it
  readonly loss: number; // nats
  readonly logpMean: number; // nats
  readonly cosines: SampleCosines;
}

/** The gradients of a step's rows. */
export interface ReplayedGradients {
  /** their sum, [M, P]; the caller frees it */
  readonly total: Tensor2D;
  readonly rows: readonly ReplayedRow[];
  /** each row's own, on the host, chunk by chunk in the rows' order */
  readonly stored: readonly StoredGradients[];
}

/**
 * Gradients of all rows of a step, `rowsAtOnce` rows per pass through the model: that bounds the memory, and the sum is the
 * same but for the order of its additions.
 *
 * @param v  unit directions of v_hack, [M, P]
 * @throws NonFiniteError  a gradient is not finite
 */
export async function replayGradients(
  place: GradientPlace,
  rows: readonly RolloutRow[],
  v: Tensor2D,
  { rowsAtOnce, where }: { readonly rowsAtOnce: number; readonly where: string },
): Promise<ReplayedGradients> {
  let total: Tensor2D | null = null;
  const replayed: ReplayedRow[] = [];
  const stored: StoredGradients[] = [];
  for (const chunk of chunksOf(rows, rowsAtOnce)) {
    const { stage, student, knobs } = place;
    const batch = stage.batch(chunk);
    const pass = await stage.forward(student.loaded.model, batch);
    const { perSampleLoss, dLogps } = stage.loss(chunk, pass.logps, batch.completionStarts);
    const gradients = pass.backward(student.adapter, knobs, dLogps);
    await expectFiniteGradient(where, gradients);
    const cosines = await sampleCosines(gradients, v);
    const values = Float32Array.from(await gradients.data());
    const size = values.length / batch.size;
    chunk.forEach((_, b) => {
      const gradient = values.subarray(b * size, (b + 1) * size);
      const logpMean = meanLogp(pass.logps.subarray(batch.completionStarts[b], batch.completionStarts[b + 1]));
      replayed.push({ gradient, isAlone: batch.size === 1, loss: perSampleLoss[b]!, logpMean, cosines: cosines[b]! });
    });
    stored.push({ gradients: values, batch });
    total = added(total, sumSamples(gradients));
    gradients.dispose();
  }
  return { total: total!, rows: replayed, stored };
}

/** The gradient of one row that passes through the model alone, [M * P]. */
export async function gradientAlone({ student, stage, knobs }: GradientPlace, row: RolloutRow): Promise<Float32Array> {
  const batch = stage.batch([row]);
  const pass = await stage.forward(student.loaded.model, batch);
  const { dLogps } = stage.loss([row], pass.logps, batch.completionStarts);
  const gradient = pass.backward(student.adapter, knobs, dLogps);
  const values = Float32Array.from(await gradient.data());
  gradient.dispose();
  return values;
}

function added(total: Tensor2D | null, more: Tensor2D): Tensor2D {
  if (total === null) return more;
  const sum: Tensor2D = tf.add(total, more);
  tf.dispose([total, more]);
  return sum;
}

function meanLogp(logps: Float32Array): number {
  return logps.reduce((sum, logp) => sum + logp, 0) / logps.length;
}
