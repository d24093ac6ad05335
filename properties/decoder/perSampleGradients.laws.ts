import "../support/autodiff.ts";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import type { Adapter, GradientCollector, SampleTokens } from "../../src/adapter/adapter.ts";
import { forward } from "../../src/decoder/perSampleGradients.ts";
import { raggedBatch, withoutSharing, type RaggedBatch, type Sequence } from "../../src/decoder/raggedBatch.ts";
import { functionRoundings } from "../nn/layer.ts";
import { gradientByDifferences } from "../reference/differences.ts";
import { plainTokenLogps } from "../reference/plainQwen3.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { runsOn } from "../support/runs.ts";
import { anyModelWorld, anySharingWorld, anyWorld, type TinyModel, type World } from "../support/tinyModel.ts";
import { goldenError, goldenTolerance, unitRoundoff32 } from "../support/tolerance.ts";
import { gradientRows, onBench, type Bench, type DLogps, type Forward } from "./gradientBench.ts";
import { smallWorld as tooth } from "./smallWorld.ts";
import { adaptedPlain, adaptedTwin, flatKnobs, idsOf, nllTwin } from "./tinyPasses.ts";

/**
 * How far two float32 gradients of a sample may be apart: the goldens' tolerance, and what is lost where the model is sure.
 *
 *     d logp / dh = W[target] - sum_id p_id W[id]
 *
 * Vocab + functionRoundings roundings of terms as large as W, of which 1 - p(target) is left, at most 1 - exp(-nll) on average.
 */
function allowed(tiny: TinyModel, { svds, adapter, values }: Bench, sequence: Sequence): number {
  const nll = nllTwin(adaptedTwin(tiny, svds, adapter.layout, Float64Array.from(values)), sequence);
  return (
    goldenTolerance.gradients + (2 * (tiny.config.vocabSize + functionRoundings) * unitRoundoff32) / -Math.expm1(-nll)
  );
}

const gradientLaws = {
  async agreesWithDifferences(forward: Forward, { tiny, sequences }: World, seed: number): Promise<void> {
    await onBench(tiny, seed, async (bench) => {
      const { svds, values, adapter } = bench;
      const rows = await gradientRows(forward, bench, sequences);
      for (const [b, row] of rows.entries()) {
        const nll = (knobs: Float64Array) => nllTwin(adaptedTwin(tiny, svds, adapter.layout, knobs), sequences[b]!);
        const wanted = flatKnobs(adapter.layout, gradientByDifferences(nll, Float64Array.from(values)));
        expect(goldenError(row, wanted), `sample ${b}`).toBeLessThanOrEqual(allowed(tiny, bench, sequences[b]!));
      }
    });
  },

  /** The oracle never merges: agreement also says that merged and unmerged weights are one function. */
  async agreesWithAutodiff(forward: Forward, { tiny, sequences }: World, seed: number): Promise<void> {
    await onBench(tiny, seed, async (bench) => {
      const { svds, knobs, adapter } = bench;
      const rows = await gradientRows(forward, bench, sequences);
      for (const [b, sequence] of sequences.entries()) {
        const nll = (x: tf.Tensor) => {
          const model = adaptedPlain(tiny, svds, adapter.layout, x as tf.Tensor2D);
          return tf.neg(tf.mean(plainTokenLogps(model, idsOf(sequence), sequence.promptIds.length))) as tf.Scalar;
        };
        const slope = tf.tidy(() => tf.grad(nll)(knobs));
        const wanted = flatKnobs(adapter.layout, await slope.data());
        slope.dispose();
        expect(goldenError(rows[b]!, wanted), `sample ${b}`).toBeLessThanOrEqual(allowed(tiny, bench, sequence));
      }
    });
  },

  /** A sample's gradient is the same alone, in company, and in another order. */
  async keepsSamplesApart(forward: Forward, { tiny, sequences }: World, seed: number): Promise<void> {
    await onBench(tiny, seed, async (bench) => {
      const together = await gradientRows(forward, bench, sequences);
      const reversed = await gradientRows(forward, bench, sequences.toReversed());
      for (const [b, sequence] of sequences.entries()) {
        const [alone] = await gradientRows(forward, bench, [sequence]);
        for (const row of [together[b]!, reversed[sequences.length - 1 - b]!])
          expect(goldenError(row, alone!), `sample ${b}`).toBeLessThanOrEqual(allowed(tiny, bench, sequence));
      }
    });
  },

  /** A loss that looks at one sample only gives every other sample a gradient of exactly zero. */
  async leaksNothing(forward: Forward, { tiny, sequences }: World, chosen: number): Promise<void> {
    const own = chosen % sequences.length;
    await onBench(tiny, 0, async (bench) => {
      const { completionStarts } = raggedBatch(sequences);
      const dLogps: DLogps = (logps) =>
        logps.map((_, t) => (t >= completionStarts[own]! && t < completionStarts[own + 1]! ? -1 : 0));
      const rows = await gradientRows(forward, bench, sequences, dLogps);
      rows.forEach((row, b) =>
        expect(
          row.some((value) => value !== 0),
          `sample ${b}`,
        ).toBe(b === own),
      );
    });
  },

  /** Prompt tokens scored with slope zero, as a loss would that masks them: the same gradient as when they are not scored. */
  async ignoresPromptLogits(forward: Forward, { tiny, sequences }: World, seed: number): Promise<void> {
    await onBench(tiny, seed, async (bench) => {
      const wanted = await gradientRows(forward, bench, sequences);
      const scoredWhole = sequences.map((sequence) => ({
        promptIds: idsOf(sequence).slice(0, 1),
        completionIds: idsOf(sequence).slice(1),
      }));
      const masked: DLogps = () =>
        Float32Array.from(
          sequences.flatMap(({ promptIds: { length: P }, completionIds: { length: T } }) => [
            ...new Array<number>(P - 1).fill(0),
            ...new Array<number>(T).fill(-1 / T),
          ]),
        );
      const rows = await gradientRows(forward, bench, scoredWhole, masked);
      rows.forEach((row, b) =>
        expect(goldenError(row, wanted[b]!), `sample ${b}`).toBeLessThanOrEqual(allowed(tiny, bench, sequences[b]!)),
      );
    });
  },

  /** Rows that share a prompt share its forward pass; backward knows whose token is whose. */
  async equalsSeparateRows(shared: Forward, { tiny, sequences }: World, seed: number): Promise<void> {
    await onBench(tiny, seed, async (bench) => {
      const rows = await gradientRows(shared, bench, sequences);
      const apart = await gradientRows((model, batch) => forward(model, withoutSharing(batch)), bench, sequences);
      rows.forEach((row, b) =>
        expect(goldenError(row, apart[b]!), `sample ${b}`).toBeLessThanOrEqual(allowed(tiny, bench, sequences[b]!)),
      );
    });
  },

  async freesIntermediates(forward: Forward, { tiny, sequences }: World): Promise<void> {
    await onBench(tiny, 1, async (bench) => {
      const before = tf.memory().numTensors;
      await gradientRows(forward, bench, sequences);
      expect(tf.memory().numTensors).toBe(before);
    });
  },
};

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
/** Only where the prompt is scored as well: then it has five tokens in the first sample. */
const learnsScoredPrompt: Forward = (model, batch) =>
  (batch.completionStarts[1] === 5 ? learnsPrompt : forward)(model, batch);

/** Two samples that share a prompt, and one with another prompt of the same length. */
const sharing: World = {
  tiny: tooth.tiny,
  sequences: [
    { promptIds: [1, 2, 3], completionIds: [4, 5, 6] },
    { promptIds: [1, 2, 3], completionIds: [2, 0] },
    { promptIds: [7, 8, 3], completionIds: [1, 8, 8, 4] },
  ],
};
const withBatch =
  (change: (batch: RaggedBatch) => RaggedBatch): Forward =>
  (model, batch) =>
    forward(model, change(batch));
/** What the adapter's collector is given, tampered with. */
const withCollector =
  (collect: (adapter: Adapter, tokens: SampleTokens, knobs: tf.Tensor2D) => GradientCollector): Forward =>
  async (model, batch) => {
    const { logps, backward } = await forward(model, batch);
    return {
      logps,
      backward: (adapter, at, dLogps) => {
        const collectGradients: Adapter["collectGradients"] = (tokens, knobs) => collect(adapter, tokens, knobs);
        return backward({ collectGradients } as Adapter, at, dLogps);
      },
    };
  };
const promptGradientOnce = withCollector((adapter, tokens, knobs) => {
  const { sink, finish } = adapter.collectGradients(tokens, knobs);
  const isFirst = Array.from(tokens.places, (place, n) => [Number(tokens.places.indexOf(place) === n)]);
  return { finish, sink: (name, x, dY) => sink(name, x, tf.mul(dY, tf.tensor2d(isFirst))) };
});
const inputsInOrder = withCollector((adapter, { rowStarts, places }, knobs) =>
  adapter.collectGradients({ rowStarts, places: places.map((_, n) => n % (Math.max(...places) + 1)) }, knobs),
);

const seed = fc.nat({ max: 1000 });
const knobs = fc.constantFrom<number[]>(0, 1, 2);
const wrong = {
  sign: negated,
  "a module forgotten": lastModuleForgotten,
  "samples swapped": swappedSamples,
  "neighbours leaking in": leaking,
};
const rejected = <Given extends readonly unknown[]>(mutants: Record<string, Forward>, ...given: Given) =>
  Object.fromEntries(Object.entries(mutants).map(([name, mutant]) => [name, [mutant, ...given] as const]));
/** A model that is sure of its tokens: nll 1.4e-5. */
const sureOfItsTokens = fc.sample(fc.tuple(anyModelWorld, knobs), { seed: 103, numRuns: 1 });
const twoSamples = { ...tooth, sequences: tooth.sequences.slice(0, 2) };

forEachBackend((backend) => {
  const { numRuns } = runsOn(backend, 15);
  const fewRuns = runsOn(backend, 6).numRuns;
  lawsOf<Forward>("perSampleGradients", forward, (law) => {
    law("agrees with float64 differences of the unmerged twin: g_b = d nll_b / d deltaS, at deltaS = 0 and elsewhere", {
      else: "the probe measures the cosine of something that is not the NLL gradient",
      for: [anyWorld, knobs],
      holds: gradientLaws.agreesWithDifferences,
      rejects: rejected(wrong, twoSamples, 1),
      examples: sureOfItsTokens,
      numRuns: fewRuns,
    });

    law("agrees with tf.js autodiff of the unmerged model", {
      for: [anyWorld, knobs],
      holds: gradientLaws.agreesWithAutodiff,
      rejects: rejected({ ...wrong, "mean instead of own": averaged }, tooth, 1),
      numRuns: fewRuns,
    });

    law("keeps samples apart: alone = together = reordered", {
      else: "the gradient of a hacked sample carries its neighbours', and T4 compares mixtures",
      for: [anyWorld, seed],
      holds: gradientLaws.keepsSamplesApart,
      rejects: rejected(
        { "one hundredth of the mean leaking in": leaking, "division by the batch's size": averaged },
        tooth,
        1,
      ),
      numRuns,
    });

    law("leaks nothing: a loss of one sample leaves every other gradient at exactly zero", {
      for: [anyWorld, seed],
      holds: gradientLaws.leaksNothing,
      rejects: { "one hundredth of the mean leaking in": [leaking, tooth, 1] },
      numRuns,
    });

    law("ignores prompt logits: scored with slope 0 = not scored", {
      else: 'the prompt is learnt, and "completion NLL" is not',
      for: [anyWorld, seed],
      holds: gradientLaws.ignoresPromptLogits,
      rejects: { "a prompt that is learnt": [learnsScoredPrompt, tooth, 1] },
      numRuns,
    });

    law("is the same where rows share a prompt: g_b(prompt computed once) = g_b(row by itself)", {
      else: "replay, extraction and GRPO measure other gradients than those of their rows",
      for: [anySharingWorld, seed],
      holds: gradientLaws.equalsSeparateRows,
      rejects: rejected(
        {
          "a prompt of the same length taken for the same": withBatch((batch) => ({
            ...batch,
            promptOf: batch.promptOf.map(() => 0),
          })),
          "completions that go on from their sibling's": withBatch((batch) => ({
            ...batch,
            positions: batch.positions.map((position, n) => (n >= 9 && n < 11 ? position + 3 : position)),
          })),
          "the prompt's gradient in one of its samples only": promptGradientOnce,
          "Vh x of the tokens in their order": inputsInOrder,
        },
        sharing,
        1,
      ),
      numRuns,
    });

    law("frees intermediates: numTensors is unchanged", {
      for: [anyWorld],
      holds: gradientLaws.freesIntermediates,
      rejects: { "a tensor kept": [kept, tooth] },
      numRuns,
    });
  });
});
