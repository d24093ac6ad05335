import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { ConfigError } from "../errors.ts";
import { causalMask } from "../nn/attention.ts";
import { disposeRopeTable, ropeTable, type RopeTable } from "../nn/rope.ts";
import type { Qwen3Config } from "../checkpoint/config.ts";
import type { RaggedBatch } from "./raggedBatch.ts";

/** Where one sample lies among the packed tokens. */
export interface SampleRows {
  readonly start: number;
  readonly length: number;
  /** shared by samples of equal length, [G T, T] */
  readonly causal: Tensor2D;
}

/** What every layer needs to know of a batch, on the device. */
export interface BatchLayout {
  readonly inputIds: Tensor1D;
  readonly scored: Tensor1D;
  readonly targets: Tensor1D;
  readonly rope: RopeTable;
  readonly rows: readonly SampleRows[];
  dispose(): void;
}

/** @throws ConfigError  a token id that the model does not have: webgpu would read past the table without a word */
export function batchLayout(batch: RaggedBatch, config: Qwen3Config): BatchLayout {
  const G = config.numAttentionHeads / config.numKeyValueHeads;
  const foreign = batch.inputIds.find((id) => id < 0 || id >= config.vocabSize);
  if (foreign !== undefined)
    throw new ConfigError(
      `batch: expected token ids 0 .. ${config.vocabSize - 1}, got ${foreign}; were the rows made with another tokenizer?`,
    );
  const masks = new Map<number, Tensor2D>();
  const maskOf = (length: number): Tensor2D => {
    const known = masks.get(length) ?? causalMask(length, G);
    masks.set(length, known);
    return known;
  };
  const rows = Array.from({ length: batch.size }, (_, b) => {
    const start = batch.rowStarts[b]!;
    const length = batch.rowStarts[b + 1]! - start;
    return { start, length, causal: maskOf(length) };
  });
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
      tf.dispose([inputIds, scored, targets, ...masks.values()]);
      disposeRopeTable(rope);
    },
  };
}
