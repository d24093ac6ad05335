import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Adapter } from "../../adapter/adapter.ts";
import { drGrpoLoss, type DrGrpoLoss } from "../../loss/drGrpoLoss.ts";
import { addLosses, k3Kl } from "../../loss/k3Kl.ts";
import { sampleCosines, type SampleCosines } from "../../projection/cosines.ts";
import { expectFiniteGradient } from "../../projection/expectFiniteGradient.ts";
import { sumSamples } from "../../projection/sumSamples.ts";
import { completionLogps } from "../../decoder/logps.ts";
import type { Qwen3Model } from "../../decoder/model.ts";
import { forward } from "../../decoder/perSampleGradients.ts";
import { raggedBatch } from "../../decoder/raggedBatch.ts";
import type { Rollout } from "./grpoRollouts.ts";

/** A rollout and what the loss needs of it beyond its tokens. */
export interface WeighedRollout extends Rollout {
  readonly advantage: number;
  /** of the base model, [compLen]; null when there is no KL */
  readonly refLogps: Float32Array | null;
}

/** What the loss and its gradient say of one row, before the update. */
export interface GrpoRowFigures {
  readonly logps: Float32Array; // [compLen]
  readonly loss: number;
  readonly impRatio: number; // mean of the ratios
  readonly ratios: Float64Array; // [compLen], importance ratios
  readonly clipped: Uint8Array; // [compLen], 1 where the clipped branch is active
  readonly cosines: SampleCosines;
}

/** The trust region, the fixed denominator and the weight of the KL. */
export interface GrpoLossScale {
  readonly clip: number;
  readonly denominator: number;
  readonly beta: number;
  readonly rowsAtOnce: number;
}

/**
 * The Dr.GRPO gradient of a step's rows at the merged knobs, and every row's own figures. Rows pass through the model
 * `rowsAtOnce` at a time; the sum is the same.
 *
 * @param knobs  merged into the model already, [M, P]
 * @param v      unit directions of v_hack, [M, P]
 * @returns gradient: the sum over rows, [M, P]; the caller frees it
 * @throws NonFiniteError  a loss or gradient is not finite
 */
export async function grpoGradient(
  model: Qwen3Model,
  adapter: Adapter,
  knobs: Tensor2D,
  v: Tensor2D,
  rows: readonly WeighedRollout[],
  scale: GrpoLossScale,
): Promise<{ gradient: Tensor2D; figures: GrpoRowFigures[] }> {
  const figures: GrpoRowFigures[] = [];
  let gradient: Tensor2D = tf.zeros(knobs.shape);
  for (let start = 0; start < rows.length; start += scale.rowsAtOnce) {
    const chunk = rows.slice(start, start + scale.rowsAtOnce);
    const batch = raggedBatch(chunk.map(({ row }) => row));
    const pass = await forward(model, batch);
    const { perSampleLoss, perSampleRatio, ratios, clipped, dLogps } = policyLoss(
      chunk,
      pass.logps,
      batch.completionStarts,
      scale,
    );
    const gradients = pass.backward(adapter, knobs, dLogps);
    await expectFiniteGradient("grpo", gradients);
    const cosines = await sampleCosines(gradients, v);
    chunk.forEach((_, b) => {
      const own = [batch.completionStarts[b]!, batch.completionStarts[b + 1]!] as const;
      figures.push({
        logps: pass.logps.slice(...own),
        loss: perSampleLoss[b]!,
        impRatio: perSampleRatio[b]!,
        ratios: ratios.slice(...own),
        clipped: clipped.slice(...own),
        cosines: cosines[b]!,
      });
    });
    const added: Tensor2D = tf.tidy(() => tf.add(gradient, sumSamples(gradients)));
    tf.dispose([gradient, gradients]);
    gradient = added;
  }
  return { gradient, figures };
}

function policyLoss(
  rows: readonly WeighedRollout[],
  logps: Float32Array,
  completionStarts: Int32Array,
  { clip, denominator, beta }: GrpoLossScale,
): DrGrpoLoss {
  const oldLogps = endToEnd(rows.map((row) => row.oldLogps));
  const policy = drGrpoLoss(
    { logps, oldLogps, advantages: rows.map(({ advantage }) => advantage), completionStarts },
    { clip, denominator },
  );
  if (beta === 0) return policy;
  const refLogps = endToEnd(rows.map((row) => row.refLogps!));
  return { ...policy, ...addLosses(policy, k3Kl(logps, refLogps, completionStarts, beta, denominator)) };
}

/** Log-probabilities of rows under the weights in use, `rowsAtOnce` per pass. */
export async function logpsOfRows(
  model: Qwen3Model,
  rows: readonly Rollout[],
  rowsAtOnce: number,
): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const batch = raggedBatch(rows.slice(start, start + rowsAtOnce).map(({ row }) => row));
    const logps = completionLogps(model, batch);
    const values = (await logps.data()) as Float32Array;
    logps.dispose();
    for (let b = 0; b < batch.size; b++)
      all.push(values.slice(batch.completionStarts[b], batch.completionStarts[b + 1]));
  }
  return all;
}

function endToEnd(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
