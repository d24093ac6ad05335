/**
 * The replay step at Qwen3-4B's shape on one card: per-sample gradients of an AntiPaSTO adapter on all 252 modules, for a
 * median group of the published teacher pool (8 rows of one prompt, 5,650 tokens). Random weights.
 *
 *     node --import tsx bench/gpuReplay.ts [--precision bfloat16|float32] [--cuda-libraries DIR] [--peer gpu_replay.py] [--layers N]
 *
 * With --peer, PyTorch's side runs first, on the same card, and ratios are printed.
 */
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { nllLoss } from "../src/loss/nllLoss.ts";
import { seededRng } from "../src/numeric/rng.ts";
import { forward } from "../src/decoder/perSampleGradients.ts";
import { raggedBatch } from "../src/decoder/raggedBatch.ts";
import { sampleCosines, type SampleCosines } from "../src/projection/cosines.ts";
import { CardDevice } from "../src/tensor/cuda/cardDevice.ts";
import { koffiForeign } from "../src/tensor/cuda/foreign.ts";
import { registerCuda } from "../src/tensor/cuda/registerCuda.ts";
import { MemoryBudget } from "../src/tensor/memoryBudget.ts";
import { ProfiledDevice } from "./support/profiledDevice.ts";
import { benchConfig, randomAdapter, randomModel } from "./support/randomModel.ts";

const promptTokens = 390;
const completionTokens = [295, 227, 242, 270, 297, 349, 406, 444];
const runs = 5;

const { values: flags } = parseArgs({
  options: {
    precision: { type: "string", default: "bfloat16" },
    "cuda-libraries": { type: "string" },
    peer: { type: "string" },
    layers: { type: "string", default: "36" },
  },
});

/** Seconds of a step by PyTorch, by what it calls its ways. */
function peerSeconds(script: string): Map<string, number> {
  const { stdout, status, stderr } = spawnSync("python3", [script], { encoding: "utf8", maxBuffer: 2 ** 28 });
  console.log(stdout.trim());
  if (status !== 0) throw new Error(`${script}: exit ${status}: ${stderr.slice(-2000)}`);
  const lines = stdout.trim().split("\n");
  const measured = lines.map((line) => JSON.parse(line) as { what: string; step_s?: number });
  return new Map(measured.flatMap(({ what, step_s }) => (step_s === undefined ? [] : [[what, step_s]])));
}

const peer = flags.peer === undefined ? null : peerSeconds(flags.peer);

const precision = flags.precision === "float32" ? "float32" : "bfloat16";
const places = { folder: flags["cuda-libraries"] ?? null, environment: process.env };
const card = new CardDevice(await koffiForeign(), places, join(tmpdir(), "vhack-cuda-kernels"));
const device = new ProfiledDevice(card);
const budget = new MemoryBudget(2 ** 40);
registerCuda(device, budget, precision);
await tf.setBackend("cuda");
const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
console.log(`${card.name}; NVRTC ${card.libraries.nvrtc}, cuBLAS ${card.libraries.cublas}; ${precision}`);

const shape = {
  name: "Qwen3-4B",
  hidden: 2560,
  heads: 32,
  kvHeads: 8,
  headDim: 128,
  intermediate: 9728,
  vocab: 151936,
};
const started = performance.now();
const model = await randomModel(benchConfig({ ...shape, layers: Number(flags.layers) }));
const adapter = randomAdapter(model);
await device.finished();
console.log(
  `weights and factors: ${gib(budget.heldBytes)}, made in ${((performance.now() - started) / 1e3).toFixed(1)} s`,
);

const rng = seededRng(1, "tokens");
const ids = (count: number): number[] => Array.from({ length: count }, () => rng.integer(shape.vocab));
const promptIds = ids(promptTokens);
const batch = raggedBatch(completionTokens.map((count) => ({ promptIds, completionIds: ids(count) })));
const tokens = batch.inputIds.length;
const knobs = adapter.initialKnobs();
const { moduleNames, P } = adapter.layout;
const direction: Tensor2D = tf.fill([moduleNames.length, P], 1 / Math.sqrt(P));

/** Gradients of all samples; the host may return before the card is done. */
async function step(): Promise<Tensor3D> {
  const pass = await forward(model, batch);
  const { dLogps } = nllLoss(pass.logps, batch.completionStarts);
  return pass.backward(adapter, knobs, dLogps);
}

const cosines = (gradients: Tensor3D): Promise<SampleCosines[]> => sampleCosines(gradients, direction);

async function seconds(): Promise<{ issued: number; done: number }> {
  const start = performance.now();
  const gradients = await step();
  const issued = performance.now();
  await cosines(gradients);
  const done = performance.now();
  gradients.dispose();
  return { issued: (issued - start) / 1e3, done: (done - start) / 1e3 };
}

const first = await seconds();
console.log(`first step, kernels compiled or read: ${first.done.toFixed(2)} s`);
budget.highWaterBytes = budget.heldBytes;
const times = [];
for (let i = 0; i < runs; i++) times.push(await seconds());
const median = times.toSorted((a, b) => a.done - b.done)[Math.floor(runs / 2)]!;
console.log(
  `replay step: ${median.done.toFixed(3)} s (issued in ${median.issued.toFixed(3)} s), ${(tokens / median.done).toFixed(0)} tokens/s, peak ${gib(budget.highWaterBytes)}`,
);
for (const [what, s] of peer ?? [])
  console.log(`${what}: ${s.toFixed(3)} s, ${(s / median.done).toFixed(2)} times ours`);

const profile = await device.profile(async () => (await step()).dispose());
const total = profile.reduce((sum, { ms }) => sum + ms, 0);
console.log(`by kernel: ${total.toFixed(1)} ms in all`);
for (const { what, calls, ms } of profile.slice(0, 45))
  console.log(
    `${ms.toFixed(2).padStart(8)} ms  ${String(calls).padStart(5)} x ${((1e3 * ms) / calls).toFixed(1).padStart(7)} us  ${what}`,
  );
tf.dispose([knobs, direction]);
adapter.dispose();
model.dispose();
console.log(`left on the card: ${tf.memory().numTensors} tensors, ${budget.heldBytes} bytes`);
