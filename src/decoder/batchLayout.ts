import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import { ConfigError } from "../errors.ts";
import { PackedRows } from "../nn/packedRows.ts";
import { disposeRopeTable, ropeTable, type RopeTable } from "../nn/rope.ts";
import type { Qwen3Config } from "../checkpoint/config.ts";
import { packingOf } from "./packing.ts";
import type { RaggedBatch } from "./raggedBatch.ts";

/** What every layer needs to know of a batch, on the device. Np tokens pass through the network for the N of all samples. */
export interface BatchLayout {
  /** [Np] */
  readonly inputIds: Tensor1D;
  /** among the Np, [Nc] */
  readonly scored: Tensor1D;
  /** [Nc] */
  readonly targets: Tensor1D;
  /** of the Np */
  readonly rope: RopeTable;
  readonly rows: PackedRows;
  /** where each of the samples' tokens passes, [N] */
  readonly places: Tensor1D;
  dispose(): void;
}

/** @throws ConfigError  a token id that the model does not have: webgpu would read past the table without a word */
export function batchLayout(batch: RaggedBatch, config: Qwen3Config): BatchLayout {
  const foreign = batch.inputIds.find((id) => id < 0 || id >= config.vocabSize);
  if (foreign !== undefined)
    throw new ConfigError(
      `batch: expected token ids 0 .. ${config.vocabSize - 1}, got ${foreign}; were the rows made with another tokenizer?`,
    );
  const packing = packingOf(batch);
  const passing = (ofTokens: Int32Array): Int32Array => {
    const packed = new Int32Array(packing.Np);
    ofTokens.forEach((value, n) => (packed[packing.places[n]!] = value));
    return packed;
  };
  const rows = new PackedRows(packing.segments, packing.samples);
  const inputIds = tf.tensor1d(passing(batch.inputIds), "int32");
  const scored = tf.tensor1d(
    batch.scored.map((token) => packing.places[token]!),
    "int32",
  );
  const targets = tf.tensor1d(batch.targets, "int32");
  const places = tf.tensor1d(packing.places, "int32");
  const rope = ropeTable(passing(batch.positions), config.headDim, config.ropeTheta);
  return {
    inputIds,
    scored,
    targets,
    rope,
    rows,
    places,
    dispose() {
      tf.dispose([inputIds, scored, targets, places]);
      rows.dispose();
      disposeRopeTable(rope);
    },
  };
}
