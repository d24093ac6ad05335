import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { embedding } from "../nn/embedding.ts";
import { batchLayout } from "./batchLayout.ts";
import { blockForward, type KeyValues } from "./block.ts";
import { logitsOf } from "./head.ts";
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
    const next = tf.tidy(() => {
      const { y, keyValues } = blockForward(x, model.block(layer), layout);
      return { y, keyValues };
    });
    caches.push(tf.tidy(() => startCache(ofPrompts(next.keyValues, batch.rowStarts), promptOf, capacity)));
    tf.dispose([x, next.keyValues]);
    x = next.y;
  }
  const logits: Tensor2D = tf.tidy(() => {
    return tf.gather(logitsOf(model, tf.gather(x, layout.scored)), promptOf);
  });
  x.dispose();
  layout.dispose();
  return { logits, caches };
}

/** Keys and values of each prompt, without its stand-in, heads first: [Hkv, Tp, Dh]. */
function ofPrompts({ k, v }: KeyValues, rowStarts: Int32Array): { k: Tensor3D; v: Tensor3D }[] {
  return Array.from(rowStarts.subarray(0, -1), (start, p) => {
    const length = rowStarts[p + 1]! - start - 1;
    const own = (x: Tensor3D): Tensor3D => tf.transpose(tf.slice(x, [start, 0, 0], [length, -1, -1]), [1, 0, 2]);
    return { k: own(k), v: own(v) };
  });
}
