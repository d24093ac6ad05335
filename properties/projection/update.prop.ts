import fc from "fast-check";
import { describe, it } from "vitest";
import { cosUpdate } from "../../src/projection/cosUpdate.ts";
import { displacementAlong } from "../../src/projection/displacementAlong.ts";
import { expectFiniteGradient } from "../../src/projection/expectFiniteGradient.ts";
import { sumSamples } from "../../src/projection/sumSamples.ts";
import { nonFinite } from "../support/arbitraries.ts";
import { forEachBackend } from "../support/backends.ts";
import { updateLaws } from "./update.statements.ts";
import { anyWorld, type World } from "./world.ts";

/** Several samples over the same modules: one world's gradients in several sizes. */
const samples = fc
  .tuple(anyWorld, fc.array(fc.constantFrom(1, -1, 0.5, 3, 0), { minLength: 1, maxLength: 5 }))
  .map(([world, factors]): World[] =>
    factors.map((factor) => world.map(({ g, V }) => ({ g: g.map((x) => Math.fround(x * factor)), V }))),
  );

forEachBackend(() => {
  describe("cosUpdate", () => {
    // ELSE cos_update cannot be held against cos_out, and AdamW bringing v_hack back reads as moving away from it
    it("has the sign of cos_in: cosUpdate(-lr g) = signed cosine of g, bit for bit", () =>
      fc.assert(fc.asyncProperty(anyWorld, (world) => updateLaws.readsDescentAsGradient(cosUpdate, world))));
  });

  describe("displacementAlong", () => {
    it("counts hack-ward as positive: deltaS = -v -> along = modules with directions", () =>
      fc.assert(fc.asyncProperty(anyWorld, (world) => updateLaws.countsHackwardAsPositive(displacementAlong, world))));
  });

  describe("sumSamples", () => {
    it("sums, never averages: out = sum_b gradients_b", () =>
      fc.assert(fc.asyncProperty(samples, (worlds) => updateLaws.sumsSamples(sumSamples, worlds))));
  });

  describe("expectFiniteGradient", () => {
    it("rejects NaN and infinities wherever they stand -> NonFiniteError", () =>
      fc.assert(
        fc.asyncProperty(anyWorld, nonFinite, fc.nat(), (world, broken, at) =>
          updateLaws.rejectsNonFinite(expectFiniteGradient, world, broken, at),
        ),
      ));

    it("accepts every finite gradient and frees what it made", () =>
      fc.assert(fc.asyncProperty(anyWorld, (world) => updateLaws.acceptsFinite(expectFiniteGradient, world))));
  });
});
