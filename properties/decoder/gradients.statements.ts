import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { applyKnobs } from "../../src/adapter/adapter.ts";
import type { AntiPasto, WeightSvd } from "../../src/adapter/antipasto.ts";
import type { Qwen3Model } from "../../src/decoder/model.ts";
import type { forward } from "../../src/decoder/perSampleGradients.ts";
import { raggedBatch, type Sequence } from "../../src/decoder/raggedBatch.ts";
import { functionRoundings } from "../nn/layer.ts";
import { gradientByDifferences } from "../reference/differences.ts";
import { plainTokenLogps } from "../reference/plainQwen3.ts";
import { tinyAntiPasto, withModel, type TinyModel, type World } from "../support/tinyModel.ts";
import { goldenError, goldenTolerance, unitRoundoff32 } from "../support/tolerance.ts";
import { adaptedPlain, adaptedTwin, drawnKnobs, flatKnobs, idsOf, nllDLogps, nllTwin } from "./tinyPasses.ts";

export type Forward = typeof forward;

interface Bench {
  readonly model: Qwen3Model;
  readonly adapter: AntiPasto;
  readonly svds: ReadonlyMap<string, WeightSvd>;
  readonly knobs: tf.Tensor2D;
  readonly values: Float32Array; // the knobs, [M P]
}

/** A model with its adapter at drawn knobs (seed 0: at zero), merged; everything is freed afterwards. */
export async function onBench(tiny: TinyModel, seed: number, use: (bench: Bench) => Promise<void>): Promise<void> {
  await withModel(tiny, async (model) => {
    const { adapter, svds } = tinyAntiPasto(tiny, model.moduleNames);
    const { moduleNames, P } = adapter.layout;
    const values = seed === 0 ? new Float32Array(moduleNames.length * P) : drawnKnobs(adapter.layout, seed);
    const knobs = tf.tensor2d(values, [moduleNames.length, P]);
    await applyKnobs(model, adapter, knobs);
    await use({ model, adapter, svds, knobs, values });
    knobs.dispose();
    adapter.dispose();
  });
}

/** dL/dlogp of every completion token, [Nc] -> [Nc] */
type DLogps = (logps: Float32Array) => ArrayLike<number>;

/** Every sample's gradient, padding dropped. */
export async function gradientRows(
  forward: Forward,
  bench: Bench,
  sequences: readonly Sequence[],
  dLogps?: DLogps,
): Promise<number[][]> {
  const { model, adapter, knobs } = bench;
  const batch = raggedBatch(sequences);
  const pass = await forward(model, batch);
  const table = pass.backward(adapter, knobs, (dLogps ?? nllDLogps(batch))(pass.logps));
  const values = await table.data();
  const size = values.length / batch.size;
  table.dispose();
  return sequences.map((_, b) => flatKnobs(adapter.layout, values.subarray(b * size, (b + 1) * size)));
}

/**
 * How far two float32 gradients of a sample may lie apart: the goldens' tolerance, and what is lost where the model is sure.
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

export const gradientLaws = {
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

  async freesIntermediates(forward: Forward, { tiny, sequences }: World): Promise<void> {
    await onBench(tiny, 1, async (bench) => {
      const before = tf.memory().numTensors;
      await gradientRows(forward, bench, sequences);
      expect(tf.memory().numTensors).toBe(before);
    });
  },
};
