import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Adapter } from "../adapter/adapter.ts";
import { LogpsPass } from "./logps.ts";
import type { Qwen3Model } from "./model.ts";
import { packingOf } from "./packing.ts";
import type { RaggedBatch } from "./raggedBatch.ts";

/** A forward pass over samples, which can be taken back to every sample's own gradient. */
export interface GradientPass {
  /** log-probability of every completion token, [Nc], nats */
  readonly logps: Float32Array;
  /**
   * Gradients of all samples' losses with respect to the adapter's knobs, [B, M, P]; call once, it frees the pass.
   *
   * @param knobs   where the gradient is taken, [M, P]: those that are merged into the model
   * @param dLogps  dL/dlogp of every completion token, [Nc]
   */
  backward(adapter: Adapter, knobs: Tensor2D, dLogps: ArrayLike<number>): Tensor3D;
}

/**
 * Run a batch through the model; per-sample gradients then cost one backward pass for all samples.
 *
 *     const pass = await forward(model, batch);
 *     const { dLogps } = nllLoss(pass.logps, batch.completionStarts);
 *     const gradients = pass.backward(adapter, knobs, dLogps);        [B, M, P]
 *
 * The knobs must already be merged into the model (applyKnobs).
 */
export async function forward(model: Qwen3Model, batch: RaggedBatch): Promise<GradientPass> {
  const pass = new LogpsPass(model, batch);
  return {
    logps: (await pass.logps.data()) as Float32Array,
    backward(adapter, knobs, dLogps) {
      const collector = adapter.collectGradients(
        { rowStarts: batch.rowStarts, places: packingOf(batch).places },
        knobs,
      );
      const given = tf.tensor1d(Float32Array.from(dLogps));
      pass.backward(given, collector.sink, null);
      given.dispose();
      pass.dispose();
      return collector.finish();
    },
  };
}
