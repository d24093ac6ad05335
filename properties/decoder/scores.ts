import type * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { Qwen3Model } from "../../src/decoder/model.ts";
import { raggedBatch, type RaggedBatch, type Sequence } from "../../src/decoder/raggedBatch.ts";
import { expectWithin, goldenTolerance } from "../support/tolerance.ts";

export type Score = (model: Qwen3Model, batch: RaggedBatch) => tf.Tensor1D;

/** Log-probabilities of each sample's completion tokens. */
export async function scoresOf(score: Score, model: Qwen3Model, sequences: readonly Sequence[]): Promise<number[][]> {
  const batch = raggedBatch(sequences);
  const logps = score(model, batch);
  const values = await logps.data();
  logps.dispose();
  return sequences.map((_, b) => [...values.subarray(batch.completionStarts[b], batch.completionStarts[b + 1])]);
}

/**
 * To the goldens' tolerance, of numbers of at least order one: a log-probability is a difference of logits of that order and
 * carries their rounding, however small it is itself (a sure token's is 1e-3, and 1e-7 of rounding in it is 1e-4 of it).
 */
export function expectSameLogps(found: readonly number[], wanted: readonly number[]): void {
  expect(found.length).toBe(wanted.length);
  found.forEach((logp, t) =>
    expectWithin(logp, wanted[t]!, goldenTolerance.logps * Math.max(1, Math.abs(wanted[t]!)), `token ${t}`),
  );
}
