import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { openSafetensors } from "../../src/artifact/safetensors.ts";
import type { Qwen3Model } from "../../src/decoder/model.ts";
import { prefill } from "../../src/decoder/prefill.ts";
import type { Sequence } from "../../src/decoder/raggedBatch.ts";
import { goldenLayout, goldenPath, tableOfFlat, type GoldenModule } from "./goldens.ts";

interface GoldenInputs {
  readonly samples: readonly { readonly prompt_ids: number[]; readonly completion_ids: number[] }[];
}

/** The samples of a set, as the engine takes them. */
export function goldenSamples(set: string): Sequence[] {
  const { samples } = JSON.parse(readFileSync(goldenPath(`${set}/inputs.json`), "utf8")) as GoldenInputs;
  return samples.map(({ prompt_ids, completion_ids }) => ({ promptIds: prompt_ids, completionIds: completion_ids }));
}

/** The set's `delta_given` as a table of knobs, [M, P]; the caller frees it. */
export async function knobsGiven(set: string, modules: readonly GoldenModule[]): Promise<tf.Tensor2D> {
  const file = await openSafetensors(goldenPath(`${set}/inputs.safetensors`));
  const flat = await file.readFloat32("delta_given");
  await file.close();
  return tf.tensor2d(Float32Array.from(tableOfFlat(modules, flat, 1)), [modules.length, goldenLayout(modules).P]);
}

/** Logits after the last token of each of these id lists, end to end, [n Vocab]. */
export async function logitsAfter(model: Qwen3Model, sequences: readonly (readonly number[])[]): Promise<Float32Array> {
  const each = tf.tensor1d(
    sequences.map((_, i) => i),
    "int32",
  );
  const { logits, caches } = prefill(model, sequences, each, Math.max(...sequences.map(({ length }) => length)));
  const values = (await logits.data()) as Float32Array;
  tf.dispose([logits, each, caches]);
  return values;
}
