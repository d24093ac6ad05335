import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { Lora, type LinearSizes } from "../../src/adapter/lora.ts";
import type { LoraInit } from "../../src/adapter/loraStart.ts";
import { ConfigError, ShapeError } from "../../src/errors.ts";
import { float32, runSeed } from "../support/arbitraries.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, norm, unitRoundoff32 } from "../support/tolerance.ts";

/** What the laws ask of an adapter. */
interface LoraLike extends Pick<Lora, "initialKnobs" | "collectGradients" | "factorsOf" | "knobsOf"> {
  mergedWeights(
    model: { baseWeightT(name: string): tf.Tensor2D },
    knobs: tf.Tensor2D,
  ): ReadonlyMap<string, tf.Tensor2D>;
}
type Make = (modules: readonly LinearSizes[], init: LoraInit) => LoraLike;

/** One Linear, its base weight, and what a backward pass would show the adapter. */
interface LoraWorld {
  readonly dIn: number;
  readonly dOut: number;
  readonly init: LoraInit;
  readonly counts: readonly number[]; // tokens of each sample
  readonly numbers: readonly number[]; // filled into W, x and dY in turn
}

/** Zero or at least 2^-20: products of three stay in float32's normal range, where relative bounds hold. */
const entry = float32.map((x) => (Math.abs(x) < 2 ** -20 ? 0 : x));
const small = fc.integer({ min: 1, max: 5 });
const anyWorld: fc.Arbitrary<LoraWorld> = fc.record({
  dIn: small,
  dOut: small,
  init: fc.record({
    rank: fc.integer({ min: 1, max: 3 }),
    alpha: fc.constantFrom(1, 2, 16),
    bStd: fc.constantFrom(0.01, 0.5),
    seed: runSeed,
  }),
  counts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
  numbers: fc.array(entry, { minLength: 11, maxLength: 11 }),
});
const tooth: LoraWorld = {
  dIn: 3,
  dOut: 2,
  init: { rank: 2, alpha: 4, bStd: 0.5, seed: 1 },
  counts: [2, 1],
  numbers: [0.5, -1, 2, 0.25, -3, 1, 4, -0.5, 1.5, -2, 3],
};
const numRuns = 50;

const moduleName = "model.layers.0.mlp.up_proj";

function tablesOf({ dIn, dOut, counts, numbers }: LoraWorld) {
  const rowStarts = [0];
  for (const count of counts) rowStarts.push(rowStarts.at(-1)! + count);
  const N = rowStarts.at(-1)!;
  const take = (n: number, from: number) =>
    Float32Array.from({ length: n }, (_, i) => numbers[(from + i * 7) % numbers.length]!);
  return {
    N,
    // no sample shares a token with another
    tokens: { rowStarts: Int32Array.from(rowStarts), places: Int32Array.from({ length: N }, (_, n) => n) },
    w: take(dIn * dOut, 0),
    x: take(N * dIn, 3),
    dY: take(N * dOut, 5),
  };
}

/** A sample's gradients of A and B by loops in float64. */
function gradientsTwin(
  { dIn, dOut, init }: LoraWorld,
  { x, dY }: { x: Float32Array; dY: Float32Array },
  { loraA, loraB }: { loraA: Float32Array; loraB: Float32Array },
  [from, to]: readonly [number, number],
): { dA: Float64Array; dB: Float64Array } {
  const { rank, alpha } = init;
  const [dA, dB] = [new Float64Array(rank * dIn), new Float64Array(dOut * rank)];
  for (let t = from; t < to; t++)
    for (let q = 0; q < rank; q++)
      for (let o = 0; o < dOut; o++)
        for (let i = 0; i < dIn; i++) {
          const both = (alpha / rank) * dY[t * dOut + o]! * x[t * dIn + i]!;
          dA[q * dIn + i]! += both * loraB[o * rank + q]!;
          dB[o * rank + q]! += both * loraA[q * dIn + i]!;
        }
  return { dA, dB };
}

/** A LoRA whose gradients, merge, start or checks are tampered with. */
const mutant =
  (
    change: Partial<{
      table: (table: tf.Tensor3D) => tf.Tensor3D;
      merge: (w: tf.Tensor2D) => tf.Tensor2D;
      start: (knobs: tf.Tensor2D) => tf.Tensor2D;
      knobsOf: Lora["knobsOf"];
      leaks: boolean;
    }>,
  ): Make =>
  (modules, init) => {
    const inner = new Lora(modules, init);
    return {
      initialKnobs: () => (change.start ?? ((knobs) => knobs))(inner.initialKnobs()),
      mergedWeights: (model, knobs) =>
        new Map(
          [...inner.mergedWeights({ ...model, moduleNames: [], useMerged: () => {}, useBase: () => {} }, knobs)].map(
            ([name, w]) => [name, (change.merge ?? ((x) => x))(w)],
          ),
        ),
      factorsOf: (table) => inner.factorsOf(table),
      knobsOf: change.knobsOf ?? ((factors) => inner.knobsOf(factors)),
      collectGradients: (tokens, knobs) => {
        const collector = inner.collectGradients(tokens, knobs);
        return {
          sink: (name, x, dY) => {
            collector.sink(name, x, dY);
            if (change.leaks) tf.clone(x);
          },
          finish: () => (change.table ?? ((table) => table))(collector.finish()),
        };
      },
    };
  };

forEachBackend(() =>
  lawsOf<Make>(
    "Lora",
    (modules, init) => new Lora(modules, init),
    (law) => {
      law("is the identity at B = 0: W + scaling B A = W, bit for bit", {
        else: "the reference policy and the start of every arm are another model than the checkpoint",
        for: [anyWorld],
        numRuns,
        holds: async (make, world) => {
          const { dIn, dOut, init } = world;
          const adapter = make([{ moduleName, dIn, dOut }], { ...init, bStd: 0 });
          const { w } = tablesOf(world);
          const base = tf.tensor2d(w, [dIn, dOut]);
          const merged = adapter.mergedWeights({ baseWeightT: () => base }, adapter.initialKnobs()).get(moduleName)!;
          const values = Array.from(await merged.data());
          expect(
            values.every((value, i) => value === w[i]!),
            "bit for bit",
          ).toBe(true);
        },
        rejects: {
          "a weight rebuilt with rounding": [mutant({ merge: (w) => tf.div(tf.mul(w, 3), 3.0000002) }), tooth],
          "B started off zero": [mutant({ start: (knobs) => tf.add(knobs, 0.01) }), tooth],
        },
      });

      law("per-sample gradients: dA_b = s B^T dY_b^T X_b, dB_b = s dY_b^T X_b A^T, in float64 loops", {
        else: "a sample's cosine contains its neighbours' gradients, or v_hack is extracted from something else than it is applied to",
        for: [anyWorld],
        numRuns,
        holds: async (make, world) => {
          const { dIn, dOut, init, counts } = world;
          const adapter = make([{ moduleName, dIn, dOut }], init);
          const tables = tablesOf(world);
          const { N, tokens, x, dY } = tables;
          const knobs = adapter.initialKnobs();
          const factors = adapter.factorsOf(await knobs.data()).get(moduleName)!;
          const collector = adapter.collectGradients(tokens, knobs);
          collector.sink(moduleName, tf.tensor2d(x, [N, dIn]), tf.tensor2d(dY, [N, dOut]));
          const table = await collector.finish().data();
          const size = table.length / counts.length;
          counts.forEach((count, b) => {
            const got = adapter.factorsOf(table.subarray(b * size, (b + 1) * size)).get(moduleName)!;
            const { dA, dB } = gradientsTwin(world, tables, factors, [tokens.rowStarts[b]!, tokens.rowStarts[b + 1]!]);
            const magnitude = norm(x) * norm(dY) * (norm(factors.loraA) + norm(factors.loraB));
            const roundings = gamma(dIn + dOut + count + 4, unitRoundoff32);
            const bound = roundings * (init.alpha / init.rank) * count * magnitude;
            dA.forEach((wanted, i) => expectWithin(got.loraA[i]!, wanted, bound, `dA ${i} of sample ${b}`));
            dB.forEach((wanted, i) => expectWithin(got.loraB[i]!, wanted, bound, `dB ${i} of sample ${b}`));
          });
        },
        rejects: {
          "samples summed together": [mutant({ table: (table) => tf.add(table, tf.reverse(table, 0)) }), tooth],
          "samples swapped": [mutant({ table: (table) => tf.reverse(table, 0) }), tooth],
          "scaling forgotten": [mutant({ table: (table) => tf.div(table, 2) }), tooth],
          "sign flipped": [mutant({ table: (table) => tf.neg(table) }), tooth],
        },
      });

      law("at B = 0 the gradient of A is exactly zero", {
        else: "the sneaky failure of R6 would go unnoticed: v_hack extracted at zero B is blind in A",
        for: [anyWorld],
        numRuns,
        holds: async (make, world) => {
          const { dIn, dOut, init } = world;
          const { N, tokens, x, dY } = tablesOf(world);
          const adapter = make([{ moduleName, dIn, dOut }], { ...init, bStd: 0 });
          const collector = adapter.collectGradients(tokens, adapter.initialKnobs());
          collector.sink(moduleName, tf.tensor2d(x, [N, dIn]), tf.tensor2d(dY, [N, dOut]));
          const table = collector.finish();
          const ofA = await tf.slice(table, [0, 0, 0], [table.shape[0], 1, init.rank * dIn]).data();
          expect(
            ofA.every((value) => value === 0),
            "dA is exactly zero",
          ).toBe(true);
        },
        rejects: { "a small random B": [mutant({ start: (knobs) => tf.add(knobs, 0.01) }), tooth] },
      });

      law("frees its intermediates", {
        for: [anyWorld],
        numRuns,
        holds: (make, world) => {
          const { dIn, dOut, init } = world;
          const { N, tokens, x, dY } = tablesOf(world);
          const adapter = make([{ moduleName, dIn, dOut }], init);
          const [knobs, xs, dYs] = [adapter.initialKnobs(), tf.tensor2d(x, [N, dIn]), tf.tensor2d(dY, [N, dOut])];
          const before = tf.memory().numTensors;
          const collector = adapter.collectGradients(tokens, knobs);
          collector.sink(moduleName, xs, dYs);
          collector.finish().dispose();
          expect(tf.memory().numTensors, "tensors kept").toBe(before);
        },
        rejects: { "an input kept": [mutant({ leaks: true }), tooth] },
      });

      law("factors and knobs round-trip; a misfit is a ShapeError, a bad rank or alpha a ConfigError", {
        for: [],
        holds: async (make) => {
          const modules = [{ moduleName: "m", dIn: 3, dOut: 2 }];
          const init = { rank: 2, alpha: 4, bStd: 0.1, seed: 1 };
          const adapter = make(modules, init);
          const knobs = adapter.initialKnobs();
          const back = adapter.knobsOf(adapter.factorsOf(await knobs.data()));
          expect(await back.data()).toEqual(await knobs.data());
          tf.dispose([knobs, back]);
          const misfit = { loraA: new Float32Array(5), loraB: new Float32Array(4) };
          expect(() => adapter.knobsOf(new Map([["m", misfit]]))).toThrow(ShapeError);
          expect(() => make(modules, { ...init, rank: 0 })).toThrow(ConfigError);
          expect(() => make(modules, { ...init, alpha: 0 })).toThrow(ConfigError);
        },
        rejects: {
          "B before A": [
            mutant({
              knobsOf: (factors) => {
                const rows = [...factors.values()].map(({ loraA, loraB }) => [...loraB, ...loraA]);
                return tf.tensor2d(rows);
              },
            }),
          ],
        },
      });
    },
  ),
);
