import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { GradientCollector } from "../../src/adapter/adapter.ts";
import type { LinearSizes, LoraPair } from "../../src/adapter/lora.ts";
import type { LoraInit } from "../../src/adapter/loraStart.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";

/** What the laws ask of an adapter. */
export interface LoraLike {
  initialKnobs(): tf.Tensor2D;
  mergedWeights(
    model: { baseWeightT(name: string): tf.Tensor2D },
    knobs: tf.Tensor2D,
  ): ReadonlyMap<string, tf.Tensor2D>;
  collectGradients(rowStarts: Int32Array, knobs: tf.Tensor2D): GradientCollector;
  factorsOf(table: ArrayLike<number>): ReadonlyMap<string, LoraPair>;
}
export type LoraClass = (modules: readonly LinearSizes[], init: LoraInit) => LoraLike;

/** One Linear, its base weight, and what a backward pass would show the adapter. */
export interface LoraWorld {
  readonly dIn: number;
  readonly dOut: number;
  readonly init: LoraInit;
  readonly counts: readonly number[]; // tokens of each sample
  readonly numbers: readonly number[]; // filled into W, x and dY in turn
}

const moduleName = "model.layers.0.mlp.up_proj";

function tablesOf({ dIn, dOut, counts, numbers }: LoraWorld) {
  const N = counts.reduce((sum, count) => sum + count, 0);
  const take = (n: number, from: number) =>
    Float32Array.from({ length: n }, (_, i) => numbers[(from + i * 7) % numbers.length]!);
  const rowStarts = Int32Array.from([
    0,
    ...counts.map((_, b) => counts.slice(0, b + 1).reduce((sum, count) => sum + count, 0)),
  ]);
  return { N, rowStarts, w: take(dIn * dOut, 0), x: take(N * dIn, 3), dY: take(N * dOut, 5) };
}

export const loraLaws = {
  async startsAsTheBase(make: LoraClass, world: LoraWorld): Promise<void> {
    const { dIn, dOut, init } = world;
    const adapter = make([{ moduleName, dIn, dOut }], { ...init, bStd: 0 });
    const { w } = tablesOf(world);
    const base = tf.tensor2d(w, [dIn, dOut]);
    const merged = adapter.mergedWeights({ baseWeightT: () => base }, adapter.initialKnobs()).get(moduleName)!;
    expect(
      Array.from(await merged.data()).every((value, i) => value === w[i]!),
      "bit for bit",
    ).toBe(true);
  },

  async gradientsAreThoseOfEachSample(make: LoraClass, world: LoraWorld): Promise<void> {
    const { dIn, dOut, init, counts } = world;
    const adapter = make([{ moduleName, dIn, dOut }], init);
    const { N, rowStarts, x, dY } = tablesOf(world);
    const knobs = adapter.initialKnobs();
    const { loraA, loraB } = adapter.factorsOf(await knobs.data()).get(moduleName)!;
    const collector = adapter.collectGradients(rowStarts, knobs);
    collector.sink(moduleName, tf.tensor2d(x, [N, dIn]), tf.tensor2d(dY, [N, dOut]));
    const table = await collector.finish().data();
    const size = table.length / counts.length;
    const s = init.alpha / init.rank;
    counts.forEach((_, b) => {
      const got = adapter.factorsOf(table.subarray(b * size, (b + 1) * size)).get(moduleName)!;
      const [from, to] = [rowStarts[b]!, rowStarts[b + 1]!];
      const bound =
        gamma(dIn + dOut + (to - from) + 4, unitRoundoff32) *
        s *
        (to - from) *
        norm(x) *
        norm(dY) *
        (norm(loraA) + norm(loraB));
      for (let q = 0; q < init.rank; q++) {
        for (let i = 0; i < dIn; i++) {
          let wanted = 0;
          for (let t = from; t < to; t++)
            for (let o = 0; o < dOut; o++)
              wanted += s * loraB[o * init.rank + q]! * dY[t * dOut + o]! * x[t * dIn + i]!;
          expectWithin(got.loraA[q * dIn + i]!, wanted, bound, `dA[${q}, ${i}] of sample ${b}`);
        }
        for (let o = 0; o < dOut; o++) {
          let wanted = 0;
          for (let t = from; t < to; t++)
            for (let i = 0; i < dIn; i++) wanted += s * dY[t * dOut + o]! * loraA[q * dIn + i]! * x[t * dIn + i]!;
          expectWithin(got.loraB[o * init.rank + q]!, wanted, bound, `dB[${o}, ${q}] of sample ${b}`);
        }
      }
    });
  },

  async zeroBHidesA(make: LoraClass, world: LoraWorld): Promise<void> {
    const { dIn, dOut, init } = world;
    const { N, rowStarts, x, dY } = tablesOf(world);
    const adapter = make([{ moduleName, dIn, dOut }], { ...init, bStd: 0 });
    const collector = adapter.collectGradients(rowStarts, adapter.initialKnobs());
    collector.sink(moduleName, tf.tensor2d(x, [N, dIn]), tf.tensor2d(dY, [N, dOut]));
    const table = collector.finish();
    const ofA = await tf.slice(table, [0, 0, 0], [table.shape[0], 1, init.rank * dIn]).data();
    expect(
      ofA.every((value) => value === 0),
      "dA is exactly zero",
    ).toBe(true);
  },

  async freesIntermediates(make: LoraClass, world: LoraWorld): Promise<void> {
    const { dIn, dOut, init } = world;
    const { N, rowStarts, x, dY } = tablesOf(world);
    const adapter = make([{ moduleName, dIn, dOut }], init);
    const [knobs, xs, dYs] = [adapter.initialKnobs(), tf.tensor2d(x, [N, dIn]), tf.tensor2d(dY, [N, dOut])];
    const before = tf.memory().numTensors;
    const collector = adapter.collectGradients(rowStarts, knobs);
    collector.sink(moduleName, xs, dYs);
    collector.finish().dispose();
    expect(tf.memory().numTensors, "tensors kept").toBe(before);
  },
};
