/**
 * The replay of a pool by per-sample NLL gradients, projection and AdamW, to be timed against another implementation of
 * the same on the same files.
 *
 *     node --import tsx bench/replay.ts MODEL POOL.json VHACK.safetensors [backend] [runs]
 *
 * POOL.json holds {"steps": [[{"prompt_ids": [...], "completion_ids": [...]}, ...], ...]}. Run once with every prompt passed
 * once for its group, and once with each row's prompt by itself (apart).
 */
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { applyKnobs } from "../src/adapter/adapter.ts";
import { nllLoss } from "../src/loss/nllLoss.ts";
import { AdamW } from "../src/optim/adamw.ts";
import { openModel } from "../src/probe/openModel.ts";
import { openAntiPasto } from "../src/probe/openAdapter.ts";
import { fracFired, meanCosine, sampleCosines } from "../src/projection/cosines.ts";
import { unitDirections } from "../src/projection/directions.ts";
import { oneSided } from "../src/projection/gates.ts";
import { sumSamples } from "../src/projection/sumSamples.ts";
import { forward } from "../src/decoder/perSampleGradients.ts";
import { packingOf } from "../src/decoder/packing.ts";
import { raggedBatch, withoutSharing, type RaggedBatch } from "../src/decoder/raggedBatch.ts";
import { defaultMemoryBytes, startBackend, type BackendName } from "../src/tensor/backend.ts";
import { readVHack } from "../src/vhack/vHackFile.ts";
import { vHackTable } from "../src/vhack/vHackTable.ts";
import { medianSeconds, seconds } from "./support/measure.ts";

const [modelDir, poolPath, vHackPath, backend = "wasm", runs = "3"] = process.argv.slice(2);
await startBackend({ name: backend as BackendName, memoryBytes: defaultMemoryBytes, tensorflowFolder: null });
const { checkpoint, model } = await openModel(modelDir!, null);
const quiet = { begin: () => ({ advance: () => undefined, end: () => undefined }), note: () => undefined };
let adapter = await openAntiPasto({ checkpoint, model }, join(tmpdir(), `vhack-bench-${process.pid}`), quiet);
adapter.dispose();
const svd = await seconds(async () => {
  adapter = await openAntiPasto({ checkpoint, model }, join(tmpdir(), `vhack-bench-${process.pid}-again`), quiet);
});
const { steps } = JSON.parse(readFileSync(poolPath!, "utf8")) as {
  steps: { prompt_ids: number[]; completion_ids: number[] }[][];
};
const batches = steps.map((rows) =>
  raggedBatch(rows.map((row) => ({ promptIds: row.prompt_ids, completionIds: row.completion_ids }))),
);
const { data, shape } = vHackTable(await readVHack(vHackPath!), adapter.layout);
const vHack: Tensor3D = tf.tensor3d(data, shape);
const v = unitDirections(vHack);

async function replay(batches: readonly RaggedBatch[]): Promise<void> {
  const optimizer = AdamW.start(shape[0], shape[2], { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 });
  let knobs = adapter.initialKnobs();
  await applyKnobs(model, adapter, knobs);
  for (const batch of batches) {
    const pass = await forward(model, batch);
    const gradients = pass.backward(adapter, knobs, nllLoss(pass.logps, batch.completionStarts).dLogps);
    await sampleCosines(gradients, v);
    const total = sumSamples(gradients);
    const { projected, removed } = oneSided(total, vHack, 1);
    await meanCosine(total, v);
    await meanCosine(projected, v);
    await fracFired(total, vHack);
    const { knobs: next, update } = optimizer.step(knobs, projected, 1e-2);
    tf.dispose([gradients, total, projected, removed, update, knobs]);
    knobs = next;
    await applyKnobs(model, adapter, knobs);
  }
  knobs.dispose();
  optimizer.dispose();
}

const { cpu, wall } = await medianSeconds(Number(runs), () => replay(batches));
const apart = await medianSeconds(Number(runs), () => replay(batches.map(withoutSharing)));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
console.log(
  JSON.stringify({
    backend,
    steps: batches.length,
    tokens: sum(batches.map(({ inputIds }) => inputIds.length)),
    tokens_passed: sum(batches.map((batch) => packingOf(batch).Np)),
    replay_cpu_s: cpu,
    replay_wall_s: wall,
    replay_apart_cpu_s: apart.cpu,
    replay_apart_wall_s: apart.wall,
    svd_cpu_s: svd.cpu,
    svd_wall_s: svd.wall,
  }),
);
