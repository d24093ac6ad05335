import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { embeddingTableGradient } from "../../nn/embedding.ts";
import { linearWeightGradient } from "../../nn/linear.ts";
import { rmsNormWeightGradient } from "../../nn/rmsNorm.ts";
import { tokenLogpsWeightGradient } from "../../nn/tokenLogps.ts";
import { LogpsPass } from "../../decoder/logps.ts";
import { Qwen3Model } from "../../decoder/model.ts";
import { raggedBatch, withoutSharing } from "../../decoder/raggedBatch.ts";
import type { ExampleTokens } from "../world/exampleTokens.ts";
import type { ParameterLayout } from "./trainParameters.ts";

/** Sums over one shard's tokens, ready to be added to other shards'. */
export interface ShardGradient {
  /** of the summed weighted negative log-likelihood, laid out as the parameters are */
  readonly gradient: Float32Array;
  readonly weightedNll: number;
}

/**
 * Gradient of every parameter on one shard of examples.
 *
 *     loss = sum_t weight_t * -log p(token_t),   weight 1 on completion tokens, promptWeight on prompt tokens
 *
 * The first token of an example is never predicted. Tied embeddings receive both the table's and the head's part.
 *
 * @param examples  each of at least two tokens
 */
export async function trainShard(
  layout: ParameterLayout,
  parameters: Float32Array,
  examples: readonly ExampleTokens[],
  promptWeight: number,
): Promise<ShardGradient> {
  const { config } = layout;
  const model = await Qwen3Model.load({ config, read: async (name) => layout.slice(parameters, name) });
  const batch = withoutSharing(
    raggedBatch(
      examples.map(({ promptIds, completionIds }) => ({
        promptIds: promptIds.slice(0, 1),
        completionIds: [...promptIds.slice(1), ...completionIds],
      })),
    ),
  );
  const weights = examples.flatMap(({ promptIds, completionIds }) => [
    ...promptIds.slice(1).map(() => promptWeight),
    ...completionIds.map(() => 1),
  ]);
  const gradient = new Float32Array(parameters.length);
  const add = (name: string, part: tf.Tensor): void => {
    const target = layout.slice(gradient, name);
    (part.dataSync() as Float32Array).forEach((value, i) => (target[i]! += value));
    part.dispose();
  };
  const headName = config.tieWordEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";

  const pass = new LogpsPass(model, batch);
  const logps = pass.logps.dataSync();
  const dLogps = tf.tensor1d(weights.map((weight) => -weight));
  pass.backward(
    dLogps,
    (moduleName, x, dY) =>
      add(
        `${moduleName}.weight`,
        tf.tidy(() => tf.transpose(linearWeightGradient(x, dY))),
      ),
    {
      norm: (name, dY, saved) => add(name, rmsNormWeightGradient(dY, saved)),
      head: (h, targets, dLogps) => add(headName, tokenLogpsWeightGradient(h, model.lmHead, targets, dLogps)),
      embedding: (inputIds, dX: Tensor2D) =>
        add("model.embed_tokens.weight", embeddingTableGradient(dX, inputIds, config.vocabSize)),
    },
  );
  tf.dispose(dLogps);
  pass.dispose();
  model.dispose();
  return { gradient, weightedNll: weights.reduce((sum, weight, i) => sum - weight * logps[i]!, 0) };
}
