import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { drGrpoLoss, type DrGrpoLoss } from "../../loss/drGrpoLoss.ts";
import { addLosses, k3Kl } from "../../loss/k3Kl.ts";
import { sampleCosines, type SampleCosines } from "../../projection/cosines.ts";
import { expectFiniteGradient } from "../../projection/expectFiniteGradient.ts";
import { sumSamples } from "../../projection/sumSamples.ts";
import { forward } from "../../decoder/perSampleGradients.ts";
import { raggedBatch } from "../../decoder/raggedBatch.ts";
import { chunksOf } from "../../numeric/chunksOf.ts";
import { endToEnd } from "../../numeric/endToEnd.ts";
import type { Student } from "../run.ts";
import type { RolloutWithAdvantage } from "./rolloutsWithAdvantages.ts";

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
  { loaded, adapter }: Student,
  { knobs, v }: { readonly knobs: Tensor2D; readonly v: Tensor2D },
  rows: readonly RolloutWithAdvantage[],
  scale: GrpoLossScale,
): Promise<{ gradient: Tensor2D; figures: GrpoRowFigures[] }> {
  const figures: GrpoRowFigures[] = [];
  let gradient: Tensor2D = tf.zeros(knobs.shape);
  for (const chunk of chunksOf(rows, scale.rowsAtOnce)) {
    const batch = raggedBatch(chunk.map(({ row }) => row));
    const pass = await forward(loaded.model, batch);
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
  rows: readonly RolloutWithAdvantage[],
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
