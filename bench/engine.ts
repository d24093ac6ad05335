/**
 * Scoring, per-sample gradients and generation: tokens per second, distance from the matmul floor, memory, and how cost
 * grows with rows and tokens.
 *
 *     npm run bench -- [wasm|cpu|webgpu]
 *
 * Floor: the multiply-adds of the wrapped Linears, attention and the vocabulary projection, over this backend's own rate
 * on a large matrix product, measured in the same run.
 */
import * as tf from "@tensorflow/tfjs-core";
import { nllLoss } from "../src/loss/nllLoss.ts";
import { seededRng } from "../src/numeric/rng.ts";
import { generate } from "../src/decoder/generate.ts";
import { completionLogps } from "../src/decoder/logps.ts";
import type { Qwen3Model } from "../src/decoder/model.ts";
import { forward } from "../src/decoder/perSampleGradients.ts";
import { raggedBatch, type RaggedBatch } from "../src/decoder/raggedBatch.ts";
import { defaultMemoryBytes, startBackend, type BackendName } from "../src/tensor/backend.ts";
import { medianSeconds } from "./support/measure.ts";
import {
  benchConfig,
  midSize,
  miniatureSize,
  randomAdapter,
  randomModel,
  type BenchShape,
} from "./support/randomModel.ts";

const backend = (process.argv[2] ?? "wasm") as BackendName;
const isOnGpu = backend === "webgpu" || backend === "cuda";
const runs = 3;
const budget = await startBackend({ name: backend, memoryBytes: defaultMemoryBytes, tensorflowFolder: null });

/** Two thirds prompt, one third completion. */
function batchOf(rows: number, tokens: number, vocab: number): RaggedBatch {
  const rng = seededRng(1, "bench tokens", rows, tokens);
  const ids = (count: number): number[] => Array.from({ length: count }, () => rng.integer(vocab));
  const prompt = Math.round((tokens * 2) / 3);
  return raggedBatch(
    Array.from({ length: rows }, () => ({ promptIds: ids(prompt), completionIds: ids(tokens - prompt) })),
  );
}

/** GFLOP of a forward pass: 2 per multiply-add; causal attention is computed in full. */
function forwardGflop(model: Qwen3Model, batch: RaggedBatch): number {
  const { config } = model;
  const linears = model.moduleNames.reduce((sum, name) => sum + model.baseWeightT(name).size, 0);
  let pairs = 0;
  for (let b = 0; b < batch.size; b++) pairs += (batch.rowStarts[b + 1]! - batch.rowStarts[b]!) ** 2;
  const attention = 2 * pairs * config.numAttentionHeads * config.headDim * config.numHiddenLayers;
  const head = batch.targets.length * config.vocabSize * config.hiddenSize;
  return (2 * (batch.inputIds.length * linears + attention + head)) / 1e9;
}

async function productRate(): Promise<number> {
  const n = { cpu: 128, wasm: 1024, webgpu: 8192, cuda: 8192, tensorflow: 4096 }[backend];
  const [a, b] = [tf.randomNormal([n, n]), tf.randomNormal([n, n])];
  const { cpu, wall } = await medianSeconds(5, async () => {
    const c = tf.matMul(a, b);
    await tf.slice(c, [0, 0], [1, 1]).data();
    c.dispose();
  });
  return (2 * n ** 3) / 1e9 / (isOnGpu ? wall : cpu);
}

async function benchmark(shape: BenchShape, rate: number): Promise<void> {
  const model = await randomModel(benchConfig(shape));
  const adapter = randomAdapter(model);
  const knobs = adapter.initialKnobs();
  const score = (batch: RaggedBatch) => async () => {
    const logps = completionLogps(model, batch);
    await logps.data();
    logps.dispose();
  };
  const gradients = (batch: RaggedBatch) => async () => {
    const pass = await forward(model, batch);
    const table = pass.backward(adapter, knobs, nllLoss(pass.logps, batch.completionStarts).dLogps);
    await table.data();
    table.dispose();
  };
  const of = (time: { cpu: number; wall: number }): number => (isOnGpu ? time.wall : time.cpu);
  const report = (what: string, tokens: number, gflop: number, seconds: number): void =>
    console.log(
      `${shape.name.padEnd(10)} ${what.padEnd(34)} ${seconds.toFixed(3)} s  ${(tokens / seconds).toFixed(0).padStart(7)} tokens/s  ${((100 * gflop) / rate / seconds).toFixed(0).padStart(3)}% of the matmul floor`,
    );

  const batch = batchOf(8, 250, shape.vocab);
  const N = batch.inputIds.length;
  const floor = forwardGflop(model, batch);
  budget.highWaterBytes = budget.heldBytes;
  report("score, 8 x 250", N, floor, of(await medianSeconds(runs, score(batch))));
  console.log(
    `${shape.name.padEnd(10)} memory beyond weights while scoring: ${((budget.highWaterBytes - budget.heldBytes) / 2 ** 20).toFixed(0)} MiB`,
  );
  const whole = of(await medianSeconds(runs, gradients(batch)));
  // forward, recomputed forward of all layers but the last, activation gradients, and two products with the factors
  report("per-sample gradients, 8 x 250", N, 5 * floor, whole);
  console.log(
    `${shape.name.padEnd(10)} memory beyond weights in gradients: ${((budget.highWaterBytes - budget.heldBytes) / 2 ** 20).toFixed(0)} MiB`,
  );
  const single = of(await medianSeconds(runs, gradients(batchOf(1, 250, shape.vocab))));
  console.log(
    `${shape.name.padEnd(10)} 8 rows at once against 8 passes of one: ${(whole / (8 * single)).toFixed(2)} of the cost`,
  );
  for (const rows of [2, 4, 16])
    report(
      `per-sample gradients, ${rows} x 250`,
      rows * 250,
      5 * forwardGflop(model, batchOf(rows, 250, shape.vocab)),
      of(await medianSeconds(runs, gradients(batchOf(rows, 250, shape.vocab)))),
    );
  for (const tokens of [125, 500])
    report(
      `per-sample gradients, 8 x ${tokens}`,
      8 * tokens,
      5 * forwardGflop(model, batchOf(8, tokens, shape.vocab)),
      of(await medianSeconds(runs, gradients(batchOf(8, tokens, shape.vocab)))),
    );

  const rng = seededRng(1, "bench prompts");
  for (const rows of [8, 40]) {
    const prompt = Array.from({ length: 165 }, () => rng.integer(shape.vocab));
    const requests = Array.from({ length: rows }, (_, i) => ({ promptIds: prompt, key: String(i) }));
    const settings = { temperature: 0.8, topK: 0, topP: 1, maxNewTokens: 85, stopIds: [], seed: 1 };
    const time = of(
      await medianSeconds(1, async () => void (await generate(model, requests, settings, () => undefined))),
    );
    console.log(
      `${shape.name.padEnd(10)} generate, ${rows} rows x 85 tokens: ${((rows * 85) / time).toFixed(0)} tokens/s`,
    );
  }
  knobs.dispose();
  adapter.dispose();
  model.dispose();
}

const rate = await productRate();
console.log(`${backend}: matrix products at ${rate.toFixed(1)} GFLOP per ${isOnGpu ? "second" : "CPU-second"}`);
await benchmark(miniatureSize, rate);
await benchmark(midSize, rate);
