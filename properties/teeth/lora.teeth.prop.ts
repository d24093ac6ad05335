import * as tf from "@tensorflow/tfjs-core";
import { describe, it } from "vitest";
import { Lora } from "../../src/adapter/lora.ts";
import { loraLaws, type LoraClass, type LoraLike, type LoraWorld } from "../adapter/lora.statements.ts";
import { forEachBackend } from "../support/backends.ts";
import { rejects } from "../support/rejects.ts";

const world: LoraWorld = {
  dIn: 3,
  dOut: 2,
  init: { rank: 2, alpha: 4, bStd: 0.5, seed: 1 },
  counts: [2, 1],
  numbers: [0.5, -1, 2, 0.25, -3, 1, 4, -0.5, 1.5, -2, 3],
};

/** A LoRA whose gradients, merge or start are tampered with. */
const mutant =
  (
    change: Partial<{
      table: (table: tf.Tensor3D) => tf.Tensor3D;
      merge: (w: tf.Tensor2D) => tf.Tensor2D;
      start: (knobs: tf.Tensor2D) => tf.Tensor2D;
      leaks: boolean;
    }>,
  ): LoraClass =>
  (modules, init): LoraLike => {
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
      collectGradients: (starts, knobs) => {
        const collector = inner.collectGradients(starts, knobs);
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

forEachBackend(() => {
  describe("teeth: Lora", () => {
    it("per-sample gradients rejects: samples summed together, samples swapped, scaling forgotten, sign flipped", async () => {
      const mixed = (table: tf.Tensor3D): tf.Tensor3D => tf.add(table, tf.reverse(table, 0));
      for (const table of [
        mixed,
        (t: tf.Tensor3D): tf.Tensor3D => tf.reverse(t, 0),
        (t: tf.Tensor3D): tf.Tensor3D => tf.div(t, 2),
        (t: tf.Tensor3D): tf.Tensor3D => tf.neg(t),
      ])
        await rejects(() => loraLaws.gradientsAreThoseOfEachSample(mutant({ table }), world));
    });
    it("identity at B = 0 rejects: a weight rebuilt with rounding, B started off zero", async () => {
      await rejects(() => loraLaws.startsAsTheBase(mutant({ merge: (w) => tf.div(tf.mul(w, 3), 3.0000002) }), world));
      await rejects(() => loraLaws.startsAsTheBase(mutant({ start: (knobs) => tf.add(knobs, 0.01) }), world));
    });
    it("zero B rejects: a small random B; frees rejects: an input kept", async () => {
      await rejects(() => loraLaws.zeroBHidesA(mutant({ start: (knobs) => tf.add(knobs, 0.01) }), world));
      await rejects(() => loraLaws.freesIntermediates(mutant({ leaks: true }), world));
    });
  });
});
