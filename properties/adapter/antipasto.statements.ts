import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { applyKnobs, type AdaptedModel, type Adapter } from "../../src/adapter/adapter.ts";
import { AntiPasto, type WeightSvd } from "../../src/adapter/antipasto.ts";
import { completionLogps } from "../../src/decoder/logps.ts";
import type { Qwen3Model } from "../../src/decoder/model.ts";
import { forward } from "../../src/decoder/perSampleGradients.ts";
import { raggedBatch, type Sequence } from "../../src/decoder/raggedBatch.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { tokenLogpsTwin } from "../reference/qwen3.ts";
import { tinyAntiPasto, withModel, type World } from "../support/tinyModel.ts";
import { expectWithin, gamma, goldenError, goldenTolerance, unitRoundoff32 } from "../support/tolerance.ts";
import { gradientRows, onBench } from "../decoder/gradientBench.ts";
import { expectSameLogps, scoresOf } from "../decoder/scores.ts";
import { adaptedTwin, drawnKnobs, flatKnobs, idsOf, nllDLogps } from "../decoder/tinyPasses.ts";

/** An AntiPaSTO, or a mutant of it. */
export type AdapterClass = new (moduleNames: readonly string[], svds: ReadonlyMap<string, WeightSvd>) => Adapter;
export type Apply = (model: AdaptedModel, adapter: Adapter, knobs: tf.Tensor2D) => Promise<void>;

interface Bench {
  readonly model: Qwen3Model;
  readonly adapter: Adapter;
  readonly svds: ReadonlyMap<string, WeightSvd>;
}

async function onAdapter(
  Class: AdapterClass,
  { tiny }: World,
  use: (bench: Bench) => Promise<void>,
  changed = (svd: WeightSvd) => svd,
): Promise<void> {
  await withModel(tiny, async (model) => {
    const real = tinyAntiPasto(tiny, model.moduleNames);
    real.adapter.dispose();
    const svds = new Map([...real.svds].map(([name, svd]) => [name, changed(svd)]));
    const adapter = new Class(model.moduleNames, svds);
    await use({ model, adapter, svds });
    adapter.dispose();
  });
}

async function atKnobs(apply: Apply, { model, adapter }: Bench, values: Float32Array): Promise<void> {
  const knobs = tf.tensor2d(values, [adapter.layout.moduleNames.length, adapter.layout.P]);
  await apply(model, adapter, knobs);
  knobs.dispose();
}

async function gradientsAtZero({ model, adapter }: Bench, sequences: readonly Sequence[]): Promise<Float32Array[]> {
  const batch = raggedBatch(sequences);
  const knobs = adapter.initialKnobs();
  const pass = await forward(model, batch);
  const gradients = pass.backward(adapter, knobs, nllDLogps(batch)(pass.logps));
  const values = (await gradients.data()) as Float32Array;
  tf.dispose([gradients, knobs]);
  const size = values.length / batch.size;
  return sequences.map((_, b) => values.subarray(b * size, (b + 1) * size));
}

export const antiPastoLaws = {
  async isIdentityAtZero(Class: AdapterClass, apply: Apply, world: World): Promise<void> {
    await onAdapter(Class, world, async (bench) => {
      const plain = await scoresOf(completionLogps, bench.model, world.sequences);
      const zero = bench.adapter.initialKnobs();
      expect((await zero.data()).every((knob) => knob === 0)).toBe(true);
      await apply(bench.model, bench.adapter, zero);
      expect(await scoresOf(completionLogps, bench.model, world.sequences)).toEqual(plain);
      await atKnobs(apply, bench, drawnKnobs(bench.adapter.layout, 1));
      expect(await scoresOf(completionLogps, bench.model, world.sequences)).not.toEqual(plain);
      await apply(bench.model, bench.adapter, zero);
      expect(await scoresOf(completionLogps, bench.model, world.sequences)).toEqual(plain);
      zero.dispose();
    });
  },

  async leavesBaseAlone(Class: AdapterClass, apply: Apply, world: World): Promise<void> {
    await onAdapter(Class, world, async (bench) => {
      const base = () =>
        Promise.all(
          bench.model.moduleNames.map(async (name) => Array.from(await bench.model.baseWeightT(name).data())),
        );
      const before = await base();
      for (const seed of [1, 2]) {
        await atKnobs(apply, bench, drawnKnobs(bench.adapter.layout, seed));
        await gradientsAtZero(bench, world.sequences);
      }
      expect(await base()).toEqual(before);
    });
  },

  /** W' = W + U diag(deltaS) Vh, entry by entry; merged from the base each time, so that steps do not pile up. */
  async mergesTheFormula(Class: AdapterClass, world: World, seed: number): Promise<void> {
    await onAdapter(Class, world, async ({ model, adapter, svds }) => {
      const { moduleNames, P } = adapter.layout;
      const values = drawnKnobs(adapter.layout, seed);
      const knobs = tf.tensor2d(values, [moduleNames.length, P]);
      const merged = adapter.mergedWeights(model, knobs);
      for (const [m, name] of moduleNames.entries()) {
        const { u, vh, r } = svds.get(name)!;
        const [dOut, dIn] = [u.length / r, vh.length / r];
        const [base, found] = [await model.baseWeightT(name).data(), await merged.get(name)!.data()];
        for (let i = 0; i < dIn; i++)
          for (let o = 0; o < dOut; o++) {
            const terms = Array.from({ length: r }, (_, j) => u[o * r + j]! * values[m * P + j]! * vh[j * dIn + i]!);
            const [wanted, size] = [
              terms.reduce((sum, term) => sum + term, base[i * dOut + o]!),
              terms.reduce((sum, term) => sum + Math.abs(term), Math.abs(base[i * dOut + o]!)),
            ];
            expectWithin(found[i * dOut + o]!, wanted, gamma(r + 3, unitRoundoff32) * size, `${name} [${o}, ${i}]`);
          }
      }
      tf.dispose([knobs, ...merged.values()]);
    });
  },

  async mergesWhatItMeans(Class: AdapterClass, apply: Apply, world: World, seed: number): Promise<void> {
    await onAdapter(Class, world, async (bench) => {
      const values = drawnKnobs(bench.adapter.layout, seed);
      await atKnobs(apply, bench, values);
      const found = await scoresOf(completionLogps, bench.model, world.sequences);
      const twin = adaptedTwin(world.tiny, bench.svds, bench.adapter.layout, values);
      const wanted = world.sequences.map((sequence) =>
        tokenLogpsTwin(twin, idsOf(sequence), sequence.promptIds.length),
      );
      found.forEach((logps, b) => expectSameLogps(logps, wanted[b]!));
    });
  },

  /** An SVD may flip each pair (u_i, v_i): no gradient may change, bit for bit. */
  async ignoresSigns(Class: AdapterClass, world: World, seed: number): Promise<void> {
    const rng = seededRng(seed, "signs");
    const flipped = ({ u, s, vh, r }: WeightSvd): WeightSvd => {
      const signs = Array.from({ length: r }, () => (rng.uniform() < 0.5 ? -1 : 1));
      return {
        r,
        s,
        u: u.map((value, i) => value * signs[i % r]!),
        vh: vh.map((value, i) => value * signs[Math.floor((i * r) / vh.length)]!),
      };
    };
    await onAdapter(Class, world, async (bench) => {
      const plain = await gradientsAtZero(bench, world.sequences);
      await onAdapter(
        Class,
        world,
        async (other) => expect(await gradientsAtZero(other, world.sequences)).toEqual(plain),
        flipped,
      );
    });
  },

  /** Directions listed the other way round: the gradients are listed the other way round. */
  async followsOrder(Class: AdapterClass, world: World): Promise<void> {
    const turned = ({ u, s, vh, r }: WeightSvd): WeightSvd => {
      const dIn = vh.length / r;
      return {
        r,
        s: s.toReversed(),
        u: u.map((_, i) => u[i - (i % r) + r - 1 - (i % r)]!),
        vh: vh.map((_, i) => vh[(r - 1 - Math.floor(i / dIn)) * dIn + (i % dIn)]!),
      };
    };
    await onAdapter(Class, world, async (bench) => {
      const plain = await gradientsAtZero(bench, world.sequences);
      const { layout } = bench.adapter;
      await onAdapter(
        Class,
        world,
        async (other) => {
          (await gradientsAtZero(other, world.sequences)).forEach((table, b) => {
            const wanted = layout.moduleNames.flatMap((_, m) =>
              [...plain[b]!.subarray(m * layout.P, m * layout.P + layout.widths[m]!)].toReversed(),
            );
            expect(goldenError(flatKnobs(layout, table), wanted), `sample ${b}`).toBeLessThanOrEqual(
              goldenTolerance.gradients,
            );
          });
        },
        turned,
      );
    });
  },

  async freesItsTensors(Class: AdapterClass, apply: Apply, world: World): Promise<void> {
    const before = tf.memory().numTensors;
    await onAdapter(Class, world, async (bench) => {
      for (const seed of [1, 2]) await atKnobs(apply, bench, drawnKnobs(bench.adapter.layout, seed));
      await gradientsAtZero(bench, world.sequences);
    });
    expect(tf.memory().numTensors).toBe(before);
  },
};

export const realAntiPasto: AdapterClass = AntiPasto;
export const realApply: Apply = applyKnobs;

/** A step against the gradient lowers the sample's own NLL: the gradient is of the function that merging makes. */
export async function descends(world: World, seed: number): Promise<void> {
  const one = { ...world, sequences: world.sequences.slice(0, 1) };
  await onBench(one.tiny, seed, async (bench) => {
    const [row] = await gradientRows(forward, bench, one.sequences);
    const nll = async () =>
      -(await scoresOf(completionLogps, bench.model, one.sequences))[0]!.reduce((sum, logp) => sum + logp, 0) /
      one.sequences[0]!.completionIds.length;
    const before = await nll();
    const squares = row!.reduce((sum, g) => sum + g * g, 0);
    const batch = raggedBatch(one.sequences);
    const pass = await forward(bench.model, batch);
    const gradients = pass.backward(bench.adapter, bench.knobs, nllDLogps(batch)(pass.logps));
    // a step that should lower the NLL by one hundredth of a nat, a thousand times the error of log-probabilities
    const step = 0.01 / squares;
    const next = tf.tidy(() =>
      tf.sub<tf.Tensor2D>(bench.knobs, tf.mul(tf.reshape(gradients, bench.knobs.shape), step)),
    );
    await applyKnobs(bench.model, bench.adapter, next);
    if (step * Math.sqrt(squares) < 0.05) expect(await nll()).toBeLessThan(before);
    tf.dispose([gradients, next]);
  });
}
