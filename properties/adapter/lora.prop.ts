import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lora } from "../../src/adapter/lora.ts";
import { ConfigError, ShapeError } from "../../src/errors.ts";
import { float32, runSeed } from "../support/arbitraries.ts";
import { forEachBackend } from "../support/backends.ts";
import { loraLaws, type LoraClass, type LoraWorld } from "./lora.statements.ts";

const make: LoraClass = (modules, init) => new Lora(modules, init);

/** Zero or at least 2^-20: products of three stay in float32's normal range, where relative bounds hold. */
const entry = float32.map((x) => (Math.abs(x) < 2 ** -20 ? 0 : x));
const small = fc.integer({ min: 1, max: 5 });
const world: fc.Arbitrary<LoraWorld> = fc.record({
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
const holds = (law: (make: LoraClass, world: LoraWorld) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(world, (drawn) => law(make, drawn)),
    { numRuns: 50 },
  );

forEachBackend(() => {
  describe("Lora", () => {
    // ELSE the reference policy and the start of every arm are another model than the checkpoint
    it("is the identity at B = 0: W + scaling B A = W, bit for bit", () => holds(loraLaws.startsAsTheBase));
    // ELSE a sample's cosine contains its neighbours' gradients, or v_hack is extracted from something else than it is applied to
    it("per-sample gradients: dA_b = s B^T dY_b^T X_b, dB_b = s dY_b^T X_b A^T, in float64 loops", () =>
      holds(loraLaws.gradientsAreThoseOfEachSample));
    // ELSE the sneaky failure of R6 would go unnoticed: v_hack extracted at zero B is blind in A
    it("at B = 0 the gradient of A is exactly zero", () => holds(loraLaws.zeroBHidesA));
    it("frees its intermediates", () => holds(loraLaws.freesIntermediates));
    it("factors and knobs round-trip; a misfit is a ShapeError, a bad rank a ConfigError", async () => {
      const adapter = new Lora([{ moduleName: "m", dIn: 3, dOut: 2 }], { rank: 2, alpha: 4, bStd: 0.1, seed: 1 });
      const knobs = adapter.initialKnobs();
      const back = adapter.knobsOf(adapter.factorsOf(await knobs.data()));
      expect(await back.data()).toEqual(await knobs.data());
      expect(() =>
        adapter.knobsOf(new Map([["m", { loraA: new Float32Array(5), loraB: new Float32Array(4) }]])),
      ).toThrow(ShapeError);
      expect(() => new Lora([{ moduleName: "m", dIn: 3, dOut: 2 }], { rank: 0, alpha: 4, bStd: 0.1, seed: 1 })).toThrow(
        ConfigError,
      );
      expect(() => new Lora([{ moduleName: "m", dIn: 3, dOut: 2 }], { rank: 1, alpha: 0, bStd: 0.1, seed: 1 })).toThrow(
        ConfigError,
      );
      tf.dispose([knobs, back]);
    });
  });
});
