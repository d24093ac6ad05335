import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { completionLogps, LogpsPass } from "../../src/decoder/logps.ts";
import { raggedBatch, type RaggedBatch } from "../../src/decoder/raggedBatch.ts";
import { tokenLogpsTwin } from "../reference/qwen3.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { runsOn } from "../support/runs.ts";
import { anyWorld, withModel, type World } from "../support/tinyModel.ts";
import { expectWithin, goldenTolerance } from "../support/tolerance.ts";
import { backwards, noPositions, oneRow, ownTokens, shiftedMask } from "./changedBatches.ts";
import { expectSameLogps, scoresOf, type Score } from "./scores.ts";
import { smallWorld as tooth } from "./smallWorld.ts";
import { idsOf, twinOf } from "./tinyPasses.ts";

const logpsLaws = {
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

  /** A token is scored given what is before it, and nothing after it counts. */
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

  /** Every next token's probabilities sum to one: the log-probabilities are of the tokens that were asked for. */
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

/** The log-probabilities that a pass with a backward reports. */
const passLogps: Score = (model, batch) => {
  const pass = new LogpsPass(model, batch);
  const logps = tf.clone(pass.logps);
  pass.dispose();
  return logps;
};

forEachBackend((backend) => {
  const { numRuns } = runsOn(backend, 15);
  for (const [name, score] of [
    ["completionLogps", completionLogps],
    ["LogpsPass", passLogps],
  ] as const) {
    const scoring =
      (change: (batch: RaggedBatch) => RaggedBatch): Score =>
      (model, batch) =>
        score(model, change(batch));
    const ahead = scoring((batch) => ({
      ...batch,
      scored: batch.scored.map((at) => Math.min(at + 2, batch.inputIds.length - 1)),
    }));
    lawsOf<Score>(name, score, (law) => {
      law("agrees with the float64 twin: grouped heads, any head width, tied or not", {
        else: "NLL, importance ratios and R7 are measured on another model",
        for: [anyWorld],
        holds: logpsLaws.agreesWithTwin,
        rejects: {
          "mask off by one": [scoring(shiftedMask), tooth],
          "each token scored on itself": [scoring(ownTokens), tooth],
          "positions forgotten": [scoring(noPositions), tooth],
          "positions reversed": [scoring(backwards), tooth],
        },
        numRuns,
      });

      law("is invariant to company: alone = together = reordered", {
        else: "a row's figures depend on what it was batched with",
        for: [anyWorld],
        holds: logpsLaws.keepsSamplesApart,
        rejects: { "samples that attend to each other": [scoring(oneRow), tooth] },
        numRuns,
      });

      law("is causal: tokens after t do not change logp[t]", {
        for: [anyWorld, fc.nat({ max: 1000 })],
        holds: logpsLaws.isCausal,
        rejects: { "a score that looks two tokens on": [ahead, tooth, 5] },
        numRuns,
      });

      law("is a distribution: sum_id p(id | prompt) = 1", {
        for: [anyWorld],
        holds: logpsLaws.isDistribution,
        rejects: { "logits that were never normalised": [(...given) => tf.mul(score(...given), 1.1), tooth] },
        numRuns,
      });

      law("frees intermediates: numTensors + 1", {
        for: [anyWorld],
        holds: logpsLaws.freesIntermediates,
        rejects: { "a tensor kept": [(...given) => tf.clone(score(...given)), tooth] },
        numRuns,
      });
    });
  }
});
