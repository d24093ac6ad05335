import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { embedding } from "../nn/embedding.ts";
import { rmsNorm } from "../nn/rmsNorm.ts";
import { batchLayout } from "./batchLayout.ts";
import { blockForward } from "./block.ts";
import { startCache, type LayerCache } from "./kvCache.ts";
import type { Qwen3Model } from "./model.ts";
import { raggedBatch } from "./raggedBatch.ts";

/**
 * Run each distinct prompt once and lay its keys and values out for every row that has it.
 *
 * @param prompts   distinct prompts, token ids
 * @param promptOf  which prompt each row has, [B]
 * @param capacity  slots per row, at least the longest prompt
 * @returns logits after the last prompt token [B, Vocab], and one cache per layer
 */
export function prefill(
  model: Qwen3Model,
  prompts: readonly (readonly number[])[],
  promptOf: Tensor1D,
  capacity: number,
): { logits: Tensor2D; caches: LayerCache[] } {
  // each prompt's last token is asked for its logits by scoring a stand-in token after it
  const batch = raggedBatch(prompts.map((promptIds) => ({ promptIds, completionIds: [0] })));
  const layout = batchLayout(batch, model.config);
  const caches: LayerCache[] = [];
  let x = embedding(model.embedTokens, layout.inputIds);
  for (let layer = 0; layer < model.config.numHiddenLayers; layer++) {
    const { y, saved } = blockForward(x, model.block(layer), layout);
    caches.push(
      tf.tidy(() =>
        startCache(
          saved.attention.map(({ k, v }, p) => withoutStandIn(k, v, prompts[p]!.length)),
          promptOf,
          capacity,
        ),
      ),
    );
    tf.dispose([x, saved]);
    x = y;
  }
  const logits: Tensor2D = tf.tidy(() => {
    const { y } = rmsNorm(tf.gather(x, layout.scored), model.finalNorm, model.config.rmsNormEps);
    return tf.gather(tf.matMul(y, model.lmHead, false, true), promptOf);
  });
  x.dispose();
  layout.dispose();
  return { logits, caches };
}

function withoutStandIn(k: tf.Tensor3D, v: tf.Tensor3D, length: number) {
  return { k: tf.slice(k, [0, 0, 0], [-1, length, -1]), v: tf.slice(v, [0, 0, 0], [-1, length, -1]) };
}
