import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Adapter } from "../adapter/adapter.ts";
import { LogpsPass } from "./logps.ts";
import type { Qwen3Model } from "./model.ts";
import type { RaggedBatch } from "./raggedBatch.ts";

/** Every sample's own gradient, and the log-probabilities that the loss was made of. */
export interface PerSampleGradients {
  /** [B, M, P]; the caller frees it */
  readonly gradients: Tensor3D;
  /** log-probability of every completion token, [Nc], nats */
  readonly logps: Float32Array;
}

/**
 * Gradients of all samples' losses with respect to the adapter's knobs, from one forward and one backward pass.
 *
 * The knobs must already be merged into the model (applyKnobs).
 *
 * @param knobs       where the gradient is taken, [M, P]
 * @param lossSlopes  dL/dlogp of every completion token, given all log-probabilities, [Nc] -> [Nc]
 */
export async function perSampleGradients(
  model: Qwen3Model,
  adapter: Adapter,
  knobs: Tensor2D,
  batch: RaggedBatch,
  lossSlopes: (logps: Float32Array) => Float32Array,
): Promise<PerSampleGradients> {
  const pass = new LogpsPass(model, batch);
  const logps = (await pass.logps.data()) as Float32Array;
  const collector = adapter.collectGradients(batch.rowStarts, knobs);
  const dLogps = tf.tensor1d(lossSlopes(logps));
  pass.backward(dLogps, collector.sink, null);
  dLogps.dispose();
  pass.dispose();
  return { gradients: collector.finish(), logps };
}
