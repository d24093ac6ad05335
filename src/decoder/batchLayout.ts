import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import { ConfigError } from "../errors.ts";
import { PackedRows } from "../nn/packedRows.ts";
import { disposeRopeTable, ropeTable, type RopeTable } from "../nn/rope.ts";
import type { Qwen3Config } from "../checkpoint/config.ts";
import type { RaggedBatch } from "./raggedBatch.ts";

/** What every layer needs to know of a batch, on the device. */
export interface BatchLayout {
  readonly inputIds: Tensor1D;
  readonly scored: Tensor1D;
  readonly targets: Tensor1D;
  readonly rope: RopeTable;
  readonly rows: PackedRows;
  dispose(): void;
}

/** @throws ConfigError  a token id that the model does not have: webgpu would read past the table without a word */
export function batchLayout(batch: RaggedBatch, config: Qwen3Config): BatchLayout {
  const foreign = batch.inputIds.find((id) => id < 0 || id >= config.vocabSize);
  if (foreign !== undefined)
    throw new ConfigError(
      `batch: expected token ids 0 .. ${config.vocabSize - 1}, got ${foreign}; were the rows made with another tokenizer?`,
    );
  const segments = Array.from({ length: batch.size }, (_, b) => {
    const start = batch.rowStarts[b]!;
    return { start, length: batch.rowStarts[b + 1]! - start, prefix: null };
  });
  const rows = new PackedRows(segments, segments);
  const inputIds = tf.tensor1d(batch.inputIds, "int32");
  const scored = tf.tensor1d(batch.scored, "int32");
  const targets = tf.tensor1d(batch.targets, "int32");
  const rope = ropeTable(batch.positions, config.headDim, config.ropeTheta);
  return {
    inputIds,
    scored,
    targets,
    rope,
    rows,
    dispose() {
      tf.dispose([inputIds, scored, targets]);
      rows.dispose();
      disposeRopeTable(rope);
    },
  };
}
