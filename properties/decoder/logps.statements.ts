import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { Qwen3Model } from "../../src/decoder/model.ts";
import { raggedBatch, type RaggedBatch, type Sequence } from "../../src/decoder/raggedBatch.ts";
import { tokenLogpsTwin } from "../reference/qwen3.ts";
import { withModel, type World } from "../support/tinyModel.ts";
import { expectWithin, goldenTolerance } from "../support/tolerance.ts";
import { idsOf, twinOf } from "./tinyPasses.ts";

export type Score = (model: Qwen3Model, batch: RaggedBatch) => tf.Tensor1D;

/** Log-probabilities of each sample's completion tokens. */
export async function scoresOf(score: Score, model: Qwen3Model, sequences: readonly Sequence[]): Promise<number[][]> {
  const batch = raggedBatch(sequences);
  const logps = score(model, batch);
  const values = await logps.data();
  logps.dispose();
  return sequences.map((_, b) => [...values.subarray(batch.completionStarts[b], batch.completionStarts[b + 1])]);
}

export const logpsLaws = {
  async agreesWithTwin(score: Score, { tiny, sequences }: World): Promise<void> {
    const found = await withModel(tiny, (model) => scoresOf(score, model, sequences));
    const wanted = sequences.map((sequence) =>
      tokenLogpsTwin(twinOf(tiny), idsOf(sequence), sequence.promptIds.length),
    );
    found.forEach((logps, b) => expectSameLogps(logps, wanted[b]!));
  },

  /** Alone, in a batch, in another order, or split: the same. */
  async keepsSamplesApart(score: Score, { tiny, sequences }: World): Promise<void> {
    await withModel(tiny, async (model) => {
      const together = await scoresOf(score, model, sequences);
      const reversed = await scoresOf(score, model, sequences.toReversed());
      for (const [b, sequence] of sequences.entries()) {
        const [alone] = await scoresOf(score, model, [sequence]);
        for (const other of [together[b]!, reversed[sequences.length - 1 - b]!]) expectSameLogps(other, alone!);
      }
    });
  },

  /** A token is scored given what stands before it, and nothing after it counts. */
  async isCausal(score: Score, { tiny, sequences }: World, other: number): Promise<void> {
    await withModel(tiny, async (model) => {
      const found = await scoresOf(score, model, sequences);
      const changed = sequences.map(({ promptIds, completionIds }) => {
        const ids = Array.from(completionIds);
        return { promptIds, completionIds: [...ids.slice(0, -1), other % tiny.config.vocabSize, ids[0]!] };
      });
      (await scoresOf(score, model, changed)).forEach((logps, b) =>
        expectSameLogps(logps.slice(0, -2), found[b]!.slice(0, -1)),
      );
    });
  },

  /** Every next token's probabilities sum to one: the log-probabilities are of the tokens that they say. */
  async isDistribution(score: Score, { tiny, sequences }: World): Promise<void> {
    const { promptIds } = sequences[0]!;
    const everyToken = Array.from({ length: tiny.config.vocabSize }, (_, id) => ({ promptIds, completionIds: [id] }));
    const logps = (await withModel(tiny, (model) => scoresOf(score, model, everyToken))).flat();
    const size = 1 + Math.max(...logps.map(Math.abs));
    expectWithin(
      logps.reduce((sum, logp) => sum + Math.exp(logp), 0),
      1,
      goldenTolerance.logps * size,
      "sum of probabilities",
    );
  },

  async freesIntermediates(score: Score, { tiny, sequences }: World): Promise<void> {
    await withModel(tiny, async (model) => {
      const before = tf.memory().numTensors;
      const logps = score(model, raggedBatch(sequences));
      expect(tf.memory().numTensors).toBe(before + 1);
      logps.dispose();
    });
  },
};

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
