import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { ConfigError, NonFiniteError } from "../errors.ts";
import { embedding } from "../nn/embedding.ts";
import { disposeRopeTable, ropeTable } from "../nn/rope.ts";
import { seededRng, type Rng } from "../numeric/rng.ts";
import { decodeBlock } from "./decodeBlock.ts";
import { logitsOf } from "./head.ts";
import { growCache, keepCacheRows, type LayerCache } from "./kvCache.ts";
import type { Qwen3Model } from "./model.ts";
import { prefill } from "./prefill.ts";
import { inverseCdf, tokenLogp, tokenProbabilities, type Sampling } from "./tokenProbabilities.ts";

/** One completion to be made. */
export interface GenerationRow {
  readonly promptIds: readonly number[];
  /** names the row's own random stream, e.g. `12/3` for sample 3 of problem 12 */
  readonly key: string;
}

export interface GenerationSettings extends Sampling {
  readonly maxNewTokens: number;
  readonly stopIds: readonly number[];
  readonly seed: number;
}

export interface GeneratedRow {
  /** a stop id, where one was met, is the last */
  readonly completionIds: number[];
  /** log-probability of each token under the model itself (temperature 1), nats */
  readonly logps: number[];
  /** false when maxNewTokens ended it */
  readonly stopped: boolean;
}

interface ActiveRow {
  readonly row: number;
  readonly rng: Rng;
  length: number;
  finished: boolean;
}

/** Slots by which caches grow. */
const growth = 32;

/** Finished rows leave when this share of the batch is left: leaving copies the caches of all others. */
const fullEnough = 0.75;

/**
 * Complete prompts, all rows at once, with a key-value cache.
 *
 * Row r's n-th token is drawn with the n-th number of the stream (seed, "generate", key): neither batch nor order matters.
 * (Logits agree across batches to float32 rounding, not to the last bit: XNNPACK chooses its kernel by the number of rows. So
 * a token could differ where that number lies within rounding of an edge of the distribution, about once in a million.)
 * Rows with the same prompt share its prefill. Finished rows leave the batch a quarter of it at a time.
 *
 * @param onFinished  called with each row as soon as its last token is drawn, so that grading begins beside the others; must not throw
 * @throws ConfigError  an empty prompt
 */
export async function generate(
  model: Qwen3Model,
  rows: readonly GenerationRow[],
  settings: GenerationSettings,
  onFinished: (row: number, generated: GeneratedRow) => void,
): Promise<GeneratedRow[]> {
  const results = rows.map(() => ({ completionIds: [] as number[], logps: [] as number[], stopped: false }));
  let active: ActiveRow[] = rows.map(({ promptIds, key }, row) => {
    if (promptIds.length === 0)
      throw new ConfigError(`generate: expected a prompt of at least one token for row ${key}, got none`);
    return { row, rng: seededRng(settings.seed, "generate", key), length: promptIds.length, finished: false };
  });
  let capacity = Math.max(...active.map(({ length }) => length)) + growth;
  let { logits, caches }: { logits: Tensor2D; caches: LayerCache[] } = startRows(model, rows, capacity);
  for (;;) {
    const ended = await drawTokens(logits, active, settings, results);
    logits.dispose();
    for (const row of ended) onFinished(row, results[row]!);
    await setImmediate(); // graders, timers and signals get their turn
    const kept = active.flatMap(({ finished }, place) => (finished ? [] : [place]));
    if (kept.length === 0) break;
    if (kept.length <= fullEnough * active.length) {
      caches = caches.map((cache) => keepRows(cache, kept));
      active = kept.map((place) => active[place]!);
    }
    if (Math.max(...active.map(({ length }) => length)) >= capacity) {
      caches = caches.map((cache) => growCache(cache, growth));
      capacity += growth;
    }
    const last = active.map(({ row }) => results[row]!.completionIds.at(-1)!);
    ({ logits, caches } = decodeStep(model, last, active, capacity, caches));
    for (const row of active) if (!row.finished) row.length += 1;
  }
  tf.dispose(caches);
  return results;
}

function startRows(model: Qwen3Model, rows: readonly GenerationRow[], capacity: number) {
  const places = new Map<string, number>();
  const prompts: (readonly number[])[] = [];
  const promptOf = rows.map(({ promptIds }) => {
    const name = promptIds.join(" ");
    if (!places.has(name)) places.set(name, prompts.push(promptIds) - 1);
    return places.get(name)!;
  });
  const indices = tf.tensor1d(promptOf, "int32");
  const started = prefill(model, prompts, indices, capacity);
  indices.dispose();
  return started;
}

/** Draw the next token of each row that is not finished and write it, with its log-probability, to the results; returns the rows that end with it. */
async function drawTokens(
  logits: Tensor2D,
  active: readonly ActiveRow[],
  settings: GenerationSettings,
  results: { completionIds: number[]; logps: number[]; stopped: boolean }[],
): Promise<number[]> {
  const values = (await logits.data()) as Float32Array;
  const vocab = logits.shape[1];
  const ended: number[] = [];
  for (const [place, drawing] of active.entries()) {
    if (drawing.finished) continue;
    const { row, rng } = drawing;
    const own = values.subarray(place * vocab, (place + 1) * vocab);
    const id = inverseCdf(tokenProbabilities(own, settings), rng.uniform());
    const logp = tokenLogp(own, id);
    if (!Number.isFinite(logp))
      throw new NonFiniteError(
        `generate: expected finite logits, got a log-probability of ${logp} in row ${row}; the weights hold NaN or overflow`,
      );
    const result = results[row]!;
    result.completionIds.push(id);
    result.logps.push(logp);
    result.stopped = settings.stopIds.includes(id);
    drawing.finished = result.stopped || result.completionIds.length >= settings.maxNewTokens;
    if (drawing.finished) ended.push(row);
  }
  return ended;
}

/** Feed one token per row; each row's length is where its token goes. A finished row's goes nowhere. */
function decodeStep(model: Qwen3Model, ids: number[], active: readonly ActiveRow[], C: number, caches: LayerCache[]) {
  const slots = new Float32Array(active.length * C);
  const biases = new Float32Array(active.length * C);
  active.forEach(({ length, finished }, b) => {
    slots[b * C + length] = Number(!finished);
    biases.fill(-1e9, b * C + length + 1, (b + 1) * C);
  });
  const step = {
    rope: ropeTable(
      active.map(({ length }) => length),
      model.config.headDim,
      model.config.ropeTheta,
    ),
    slot: tf.tensor2d(slots, [active.length, C]),
    bias: tf.tensor2d(biases, [active.length, C]),
  };
  let x = tf.tidy(() => embedding(model.embedTokens, tf.tensor1d(ids, "int32")));
  const next = caches.map((cache, layer) => {
    const decoded = decodeBlock(x, model.block(layer), step, cache);
    x = decoded.y;
    return decoded.cache;
  });
  const logits = logitsOf(model, x);
  tf.dispose([x, step.slot, step.bias]);
  disposeRopeTable(step.rope);
  return { logits, caches: next };
}

function keepRows(cache: LayerCache, rows: readonly number[]): LayerCache {
  const indices = tf.tensor1d([...rows], "int32");
  const kept = keepCacheRows(cache, indices);
  indices.dispose();
  return kept;
}
