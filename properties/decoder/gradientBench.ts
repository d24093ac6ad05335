import * as tf from "@tensorflow/tfjs-core";
import { applyKnobs } from "../../src/adapter/adapter.ts";
import type { AntiPasto } from "../../src/adapter/antipasto.ts";
import type { WeightSvd } from "../../src/adapter/weightSvd/weightSvd.ts";
import type { Qwen3Model } from "../../src/decoder/model.ts";
import type { forward } from "../../src/decoder/perSampleGradients.ts";
import { raggedBatch, type Sequence } from "../../src/decoder/raggedBatch.ts";
import { tinyAntiPasto, withModel, type TinyModel } from "../support/tinyModel.ts";
import { drawnKnobs, flatKnobs, nllDLogps } from "./tinyPasses.ts";

export type Forward = typeof forward;

export interface Bench {
  readonly model: Qwen3Model;
  readonly adapter: AntiPasto;
  readonly svds: ReadonlyMap<string, WeightSvd>;
  readonly knobs: tf.Tensor2D;
  readonly values: Float32Array; // the knobs, [M P]
}

/** A model with its adapter at drawn knobs (seed 0: at zero), merged; everything is freed afterwards. */
export async function onBench(tiny: TinyModel, seed: number, use: (bench: Bench) => Promise<void>): Promise<void> {
  await withModel(tiny, async (model) => {
    const { adapter, svds } = tinyAntiPasto(tiny, model.moduleNames);
    const { moduleNames, P } = adapter.layout;
    const values = seed === 0 ? new Float32Array(moduleNames.length * P) : drawnKnobs(adapter.layout, seed);
    const knobs = tf.tensor2d(values, [moduleNames.length, P]);
    await applyKnobs(model, adapter, knobs);
    await use({ model, adapter, svds, knobs, values });
    knobs.dispose();
    adapter.dispose();
  });
}

/** dL/dlogp of every completion token, [Nc] -> [Nc] */
export type DLogps = (logps: Float32Array) => ArrayLike<number>;

/** Every sample's gradient, padding dropped. */
export async function gradientRows(
  forward: Forward,
  bench: Bench,
  sequences: readonly Sequence[],
  dLogps?: DLogps,
): Promise<number[][]> {
  const { model, adapter, knobs } = bench;
  const batch = raggedBatch(sequences);
  const pass = await forward(model, batch);
  const table = pass.backward(adapter, knobs, (dLogps ?? nllDLogps(batch))(pass.logps));
  const values = await table.data();
  const size = values.length / batch.size;
  table.dispose();
  return sequences.map((_, b) => flatKnobs(adapter.layout, values.subarray(b * size, (b + 1) * size)));
}
