/**
 * Published Qwen3 shapes with random weights: does it fit, and how fast is it?
 *
 *     node --import tsx bench/realSize.ts BACKEND (0.6b|1.7b|4b) MEMORY_GIB ROWS TOKENS
 */
import * as tf from "@tensorflow/tfjs-core";
import { nllLoss } from "../src/loss/nllLoss.ts";
import { seededRng } from "../src/numeric/rng.ts";
import { generate } from "../src/decoder/generate.ts";
import { forward } from "../src/decoder/perSampleGradients.ts";
import { raggedBatch } from "../src/decoder/raggedBatch.ts";
import { startBackend, type BackendName } from "../src/tensor/backend.ts";
import { seconds } from "./support/measure.ts";
import { benchConfig, randomAdapter, randomModel, type BenchShape } from "./support/randomModel.ts";

const shapes: Record<string, BenchShape> = {
  "0.6b": {
    name: "Qwen3-0.6B",
    hidden: 1024,
    layers: 28,
    heads: 16,
    kvHeads: 8,
    headDim: 128,
    intermediate: 3072,
    vocab: 151936,
  },
  "1.7b": {
    name: "Qwen3-1.7B",
    hidden: 2048,
    layers: 28,
    heads: 16,
    kvHeads: 8,
    headDim: 128,
    intermediate: 6144,
    vocab: 151936,
  },
  "4b": {
    name: "Qwen3-4B",
    hidden: 2560,
    layers: 36,
    heads: 32,
    kvHeads: 8,
    headDim: 128,
    intermediate: 9728,
    vocab: 151936,
  },
};

const [backend, size, memoryGib, rows, tokens] = process.argv.slice(2);
const shape = shapes[size!]!;
const budget = await startBackend({
  name: backend as BackendName,
  memoryBytes: Number(memoryGib) * 2 ** 30,
  tensorflowFolder: null,
});
const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const model = await randomModel(benchConfig(shape));
console.log(`${shape.name}: weights ${gib(budget.heldBytes)}`);

const rng = seededRng(1, "tokens");
const prompt = (length: number): number[] => Array.from({ length }, () => rng.integer(shape.vocab));
const newTokens = 32;
const promptIds = prompt(400);
const requests = Array.from({ length: Number(rows) }, (_, i) => ({ promptIds, key: String(i) }));
const settings = { temperature: 0.8, topK: 0, topP: 1, maxNewTokens: newTokens, stopIds: [], seed: 1 };
for (const run of ["first", "second"]) {
  const time = await seconds(async () => void (await generate(model, requests, settings, () => undefined)));
  console.log(
    `${shape.name}: generate ${rows} x ${newTokens} after 400 (${run}): ${((Number(rows) * newTokens) / time.wall).toFixed(1)} tokens/s`,
  );
}

const adapter = randomAdapter(model);
console.log(`${shape.name}: weights and factors ${gib(budget.heldBytes)}`);
const knobs = adapter.initialKnobs();
const perRow = Number(tokens);
const batch = raggedBatch(
  Array.from({ length: Number(rows) }, () => ({
    promptIds: prompt(Math.round(perRow / 2)),
    completionIds: prompt(perRow - Math.round(perRow / 2)),
  })),
);
for (const run of ["first", "second", "third"]) {
  const time = await seconds(async () => {
    const pass = await forward(model, batch);
    const gradients = pass.backward(adapter, knobs, nllLoss(pass.logps, batch.completionStarts).dLogps);
    await tf.slice(gradients, [0, 0, 0], [1, 1, 1]).data();
    gradients.dispose();
  });
  console.log(
    `${shape.name}: per-sample gradients ${rows} x ${perRow} (${run}): ${time.wall.toFixed(2)} s, ${(batch.inputIds.length / time.wall).toFixed(0)} tokens/s, high water ${gib(budget.highWaterBytes)}`,
  );
}
