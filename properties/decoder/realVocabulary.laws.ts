import * as tf from "@tensorflow/tfjs-core";
import { tensorShapes } from "../../src/checkpoint/tensorShapes.ts";
import { generate } from "../../src/decoder/generate.ts";
import { completionLogps } from "../../src/decoder/logps.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withModel, type TinyModel } from "../support/tinyModel.ts";
import { expectWithin } from "../support/tolerance.ts";
import { scoresOf, type Score } from "./scores.ts";
import { smallConfig } from "./smallWorld.ts";

/** Qwen3's */
const vocabSize = 151_936;

/** Layers of zeros, embeddings (1, 0, ..., 0): whatever is read, the logits are 0 for id 0 and one number for all others. */
function sureModel(): TinyModel {
  const config = { ...smallConfig, hiddenSize: 16, numHiddenLayers: 1, vocabSize };
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of tensorShapes(config)) {
    const size = shape.reduce((product, length) => product * length, 1);
    const isFirstColumn = (i: number) => i % config.hiddenSize === 0;
    weights.set(
      name,
      Float32Array.from({ length: size }, (_, i) => {
        if (name === "model.embed_tokens.weight") return isFirstColumn(i) ? 1 : 0;
        if (name === "lm_head.weight") return isFirstColumn(i) && i > 0 ? -4.375 : 0;
        return shape.length === 1 ? 1 : 0;
      }),
    );
  }
  return { config, weights };
}

/** The normalised embedding's entry, then log p(0) = -log(1 + 151935 e^(-4.375 entry)). */
const entry = 1 / Math.sqrt(1 / 16 + smallConfig.rmsNormEps);
const exact = -Math.log(1 + (vocabSize - 1) * Math.exp(-4.375 * entry));

forEachBackend(() =>
  lawsOf<Score>("completionLogps, generate", completionLogps, (law) =>
    law("give the same log-probabilities over a vocabulary of 151,936, those of float64: within 1e-5", {
      else: "importance ratios do not start at 1",
      for: [],
      holds: (score) =>
        withModel(sureModel(), async (model) => {
          const [scored] = await scoresOf(score, model, [{ promptIds: [5, 6], completionIds: [0, 0] }]);
          const greedy = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 2, stopIds: [], seed: 1 };
          const [generated] = await generate(model, [{ promptIds: [5, 6], key: "row" }], greedy, () => {});
          for (const logp of scored!) expectWithin(logp, exact, 1e-5, "scored");
          for (const logp of generated!.logps) expectWithin(logp, exact, 1e-5, "generated");
        }),
      rejects: {
        "1.4e-4 too likely, as over one running float32 sum": [
          (model, batch) => tf.tidy(() => tf.add<tf.Tensor1D>(completionLogps(model, batch), 1.4e-4)),
        ],
      },
    }),
  ),
);
