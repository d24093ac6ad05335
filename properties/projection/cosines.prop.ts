import fc from "fast-check";
import { describe, it } from "vitest";
import { sampleCosines } from "../../src/projection/sampleCosines.ts";
import { stepCosines } from "../../src/projection/stepCosines.ts";
import { forEachBackend } from "../support/backends.ts";
import { sampleCosinesLaws, stepCosinesLaws } from "./cosines.statements.ts";
import { anyWorld, type World } from "./world.ts";

const forAnyWorld = (law: (world: World) => Promise<void>) => fc.assert(fc.asyncProperty(anyWorld, law));

forEachBackend(() => {
  describe("stepCosines", () => {
    // ELSE cos_in and cos_out of the report are not the cosines that R3 speaks of
    it("agrees with the float64 twin: per module and in the mean over all M", () =>
      forAnyWorld((world) => stepCosinesLaws.agreesWithTwin(stepCosines, world)));

    it("bounds: |signed| <= 1, 0 <= relu <= subspace <= 1", () =>
      forAnyWorld((world) => stepCosinesLaws.isBounded(stepCosines, world)));

    // ELSE gradients small enough to underflow when squared lose their cosine
    it("is invariant to scale: cos(2^-10 g) = cos(g), bit for bit", () =>
      forAnyWorld((world) => stepCosinesLaws.ignoresScale(stepCosines, world)));

    // ELSE away from the hack reads as toward it
    it("turns with the gradient: signed(-g) = -signed(g), subspace(-g) = subspace(g)", () =>
      forAnyWorld((world) => stepCosinesLaws.turnsWithSign(stepCosines, world)));

    it("reads a direction against itself as 1: signed(sum_i v_i) = 1", () =>
      forAnyWorld((world) => stepCosinesLaws.readsItselfAsOne(stepCosines, world)));

    it("reads a zero gradient as 0: no NaN, nothing fired", () =>
      forAnyWorld((world) => stepCosinesLaws.readsZeroAsZero(stepCosines, world)));

    it("reports shares of all modules: fracFired = #(relu > 1e-6) / M, fracAlong = #(signed > 0) / M", () =>
      forAnyWorld((world) => stepCosinesLaws.countsShares(stepCosines, world)));

    it("frees intermediates: numTensors is unchanged", () =>
      forAnyWorld((world) => stepCosinesLaws.freesIntermediates(stepCosines, world)));
  });

  describe("sampleCosines", () => {
    // ELSE R2 and R4 test another quantity than cos_S_contrib
    it("agrees with the float64 twin: sum_m <g_m, v_m> / sqrt(sum_m |g_m|^2), and its norm", () =>
      forAnyWorld((world) => sampleCosinesLaws.agreesWithTwin(sampleCosines, world)));

    it("bounds: |cosSContrib| <= sqrt(M), |cosSNormalized| <= 1", () =>
      forAnyWorld((world) => sampleCosinesLaws.isBounded(sampleCosines, world)));

    // ELSE a sample's cosine depends on what it was batched with
    it("keeps samples apart: alone = in a batch, whatever the neighbours' size; zero gradient -> null", () =>
      forAnyWorld((world) => sampleCosinesLaws.keepsSamplesApart(sampleCosines, world)));

    it("frees intermediates: numTensors is unchanged", () =>
      forAnyWorld((world) => sampleCosinesLaws.freesIntermediates(sampleCosines, world)));
  });
});
