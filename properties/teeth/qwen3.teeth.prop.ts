import "../support/autodiff.ts";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, it } from "vitest";
import { completionLogps } from "../../src/decoder/logps.ts";
import { forward } from "../../src/decoder/perSampleGradients.ts";
import { raggedBatch, sequencesOfPadded, type RaggedBatch } from "../../src/decoder/raggedBatch.ts";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import { gradientLaws, type Forward } from "../decoder/gradients.statements.ts";
import { logpsLaws, type Score } from "../decoder/logps.statements.ts";
import { raggedBatchLaws, type Pack } from "../decoder/raggedBatch.statements.ts";
import { rejects } from "../support/rejects.ts";
import { tinyModel, type World } from "../support/tinyModel.ts";

const config = {
  hiddenSize: 6,
  intermediateSize: 7,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 4,
  vocabSize: 9,
  rmsNormEps: 1e-6,
  ropeTheta: 100,
  tieWordEmbeddings: false,
  maxPositionEmbeddings: 64,
  eosTokenIds: [1],
  padTokenId: 0,
};
const world: World = {
  tiny: tinyModel(config, 3),
  sequences: [
    { promptIds: [1, 2, 3], completionIds: [4, 5, 6] },
    { promptIds: [7, 8], completionIds: [2, 0] },
    { promptIds: [3, 3, 3], completionIds: [1, 8, 8, 4] },
  ],
};

type Change = (batch: RaggedBatch) => RaggedBatch;
const scoring =
  (change: Change): Score =>
  (model, batch) =>
    completionLogps(model, change(batch));

const shiftedMask: Change = (batch) => ({ ...batch, scored: batch.scored.map((at) => at - 1) });
const ownTokens: Change = (batch) => ({ ...batch, targets: batch.scored.map((at) => batch.inputIds[at]!) });
const oneRow: Change = (batch) => ({
  ...batch,
  size: 1,
  rowStarts: Int32Array.of(0, batch.inputIds.length),
  positions: batch.inputIds.map((_, t) => t),
});
const noPositions: Change = (batch) => ({ ...batch, positions: batch.positions.map(() => 0) });
const backwards: Change = (batch) => ({ ...batch, positions: batch.positions.map((position) => -position) });

beforeAll(() => startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

describe("teeth: laws of log-probabilities", () => {
  it("the twin rejects: mask off by one, each token scored on itself, positions forgotten or reversed", async () => {
    for (const change of [shiftedMask, ownTokens, noPositions, backwards])
      await rejects(() => logpsLaws.agreesWithTwin(scoring(change), world));
  });
  it("company rejects: samples that attend to each other", async () => {
    await rejects(() => logpsLaws.keepsSamplesApart(scoring(oneRow), world));
  });
  it("causality rejects: a score that looks two tokens on", async () => {
    const ahead: Change = (batch) => ({
      ...batch,
      scored: batch.scored.map((at) => Math.min(at + 2, batch.inputIds.length - 1)),
    });
    await rejects(() => logpsLaws.isCausal(scoring(ahead), world, 5));
  });
  it("the distribution rejects: logits that were never normalised; freeing rejects: a tensor kept", async () => {
    await rejects(() =>
      logpsLaws.isDistribution((model, batch) => tf.mul<tf.Tensor1D>(completionLogps(model, batch), 1.1), world),
    );
    await rejects(() => logpsLaws.freesIntermediates((model, batch) => tf.clone(completionLogps(model, batch)), world));
  });
});

/** Per-sample gradients that are tampered with. */
const changed =
  (change: (gradients: tf.Tensor3D) => tf.Tensor3D): Forward =>
  async (...given) => {
    const { logps, backward } = await forward(...given);
    return {
      logps,
      backward: (...from) => {
        const gradients = backward(...from);
        const result = change(gradients);
        gradients.dispose();
        return result;
      },
    };
  };
const leaking = changed((g) => tf.tidy(() => tf.add(tf.mul(g, 0.99), tf.mul(tf.mean(g, 0, true), 0.01))));
const averaged = changed((g) => tf.mul(g, 1 / g.shape[0]));
const negated = changed((g) => tf.neg(g));
const lastModuleForgotten = changed((g) =>
  tf.tidy(() =>
    tf.mul(
      g,
      tf.tensor3d(
        Array.from({ length: g.shape[1] }, (_, m) => Number(m < g.shape[1] - 1)),
        [1, g.shape[1], 1],
      ),
    ),
  ),
);
const swappedSamples = changed((g) => tf.reverse(g, 0));
const kept = changed((g) => tf.clone(tf.add(g, 0)));

describe("teeth: laws of per-sample gradients", () => {
  it("agreement with differences and autodiff rejects: sign, a module forgotten, mean instead of own, samples swapped, neighbours leaking in", async () => {
    for (const mutant of [negated, lastModuleForgotten, averaged, swappedSamples, leaking]) {
      await rejects(() => gradientLaws.agreesWithAutodiff(mutant, world, 1));
      if (mutant !== averaged)
        await rejects(() =>
          gradientLaws.agreesWithDifferences(mutant, { ...world, sequences: world.sequences.slice(0, 2) }, 1),
        );
    }
  });
  it("samples apart rejects: one hundredth of the mean leaking in, division by the batch's size", async () => {
    for (const mutant of [leaking, averaged]) await rejects(() => gradientLaws.keepsSamplesApart(mutant, world, 1));
    await rejects(() => gradientLaws.leaksNothing(leaking, world, 1));
  });
  it("prompt logits rejects: a prompt that is learnt", async () => {
    const learnsPrompt: Forward = async (model, batch) => {
      const { logps, backward } = await forward(model, batch);
      return {
        logps,
        backward: (adapter, knobs, dLogps) =>
          backward(
            adapter,
            knobs,
            Array.from(dLogps, (slope) => slope - 1),
          ),
      };
    };
    await rejects(() =>
      gradientLaws.ignoresPromptLogits(
        (model, batch) => (batch.completionStarts[1] === 5 ? learnsPrompt : forward)(model, batch),
        world,
        1,
      ),
    );
  });
  it("freeing rejects: a tensor kept", async () => {
    await rejects(() => gradientLaws.freesIntermediates(kept, world));
  });
});

describe("teeth: laws of batches", () => {
  const packing =
    (change: Change): Pack =>
    (sequences) =>
      change(raggedBatch(sequences));
  it("the next token rejects: the mask shifted by one, tokens scored on themselves", async () => {
    await rejects(() => raggedBatchLaws.predictsTheNextToken(packing(shiftedMask), world.sequences));
    await rejects(() => raggedBatchLaws.predictsTheNextToken(packing(ownTokens), world.sequences));
  });
  it("end to end rejects: positions that run on across samples", async () => {
    await rejects(() => raggedBatchLaws.laysEndToEnd(packing(oneRow), world.sequences));
  });
  it("padding rejects: a mask that is not read, pad ids filtered by value", async () => {
    const padding = { left: [2], right: [1], padId: 4 };
    await rejects(() =>
      raggedBatchLaws.forgetsPadding(
        (ids, mask, completion) =>
          sequencesOfPadded(
            ids,
            mask.map((row) => row.map(() => 1)),
            completion,
          ),
        world.sequences,
        padding,
      ),
    );
    await rejects(() =>
      raggedBatchLaws.forgetsPadding(
        (ids, mask, completion) =>
          sequencesOfPadded(
            ids,
            ids.map((row) => row.map((id) => Number(id !== padding.padId))),
            completion.map((row, b) => row.map((c, t) => c * mask[b]![t]!)),
          ),
        world.sequences,
        padding,
      ),
    );
  });
});
