import "../support/autodiff.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as tf from "@tensorflow/tfjs-core";
import { ConfigError } from "../../src/errors.ts";
import { completionLogps, LogpsPass } from "../../src/decoder/logps.ts";
import { forward } from "../../src/decoder/perSampleGradients.ts";
import { raggedBatch } from "../../src/decoder/raggedBatch.ts";
import { forEachBackend } from "../support/backends.ts";
import { runsOn } from "../support/runs.ts";
import { anyModelWorld, withModel } from "../support/tinyModel.ts";
import { gradientLaws } from "./gradients.statements.ts";
import { logpsLaws, type Score } from "./logps.statements.ts";

/** The log-probabilities that a pass with a backward reports. */
const passLogps: Score = (model, batch) => {
  const pass = new LogpsPass(model, batch);
  const logps = tf.clone(pass.logps);
  pass.dispose();
  return logps;
};

const seed = fc.nat({ max: 1000 });

forEachBackend((backend) => {
  const runs = runsOn(backend, 15);

  for (const [name, score] of [
    ["completionLogps", completionLogps],
    ["LogpsPass", passLogps],
  ] as const)
    describe(name, () => {
      // ELSE NLL, importance ratios and R7 are measured on another model
      it("agrees with the float64 twin: grouped heads, any head width, tied or not", () =>
        fc.assert(
          fc.asyncProperty(anyModelWorld, (world) => logpsLaws.agreesWithTwin(score, world)),
          runs,
        ));

      // ELSE a row's figures depend on what it was batched with
      it("is invariant to company: alone = together = reordered", () =>
        fc.assert(
          fc.asyncProperty(anyModelWorld, (world) => logpsLaws.keepsSamplesApart(score, world)),
          runs,
        ));

      it("is causal: tokens after t do not change logp[t]", () =>
        fc.assert(
          fc.asyncProperty(anyModelWorld, seed, (world, other) => logpsLaws.isCausal(score, world, other)),
          runs,
        ));

      it("is a distribution: sum_id p(id | prompt) = 1", () =>
        fc.assert(
          fc.asyncProperty(anyModelWorld, (world) => logpsLaws.isDistribution(score, world)),
          runs,
        ));

      it("frees intermediates: numTensors + 1", () =>
        fc.assert(
          fc.asyncProperty(anyModelWorld, (world) => logpsLaws.freesIntermediates(score, world)),
          runs,
        ));
    });

  describe("batchLayout", () => {
    it("rejects a token id that the model does not have -> ConfigError, nothing left behind", () =>
      fc.assert(
        fc.asyncProperty(anyModelWorld, fc.constantFrom(-1, 0, 7), ({ tiny }, beyond) =>
          withModel(tiny, async (model) => {
            const before = tf.memory().numTensors;
            const foreign = beyond < 0 ? beyond : tiny.config.vocabSize + beyond;
            expect(() =>
              completionLogps(model, raggedBatch([{ promptIds: [0, foreign], completionIds: [1] }])),
            ).toThrow(ConfigError);
            expect(() =>
              completionLogps(model, raggedBatch([{ promptIds: [0], completionIds: [1, foreign] }])),
            ).toThrow(ConfigError);
            expect(tf.memory().numTensors).toBe(before);
          }),
        ),
        runsOn(backend, 6),
      ));
  });

  describe("perSampleGradients", () => {
    // ELSE the probe measures the cosine of something that is not the NLL gradient
    it("agrees with float64 differences of the unmerged twin: g_b = d nll_b / d deltaS, at deltaS = 0 and elsewhere", () =>
      fc.assert(
        fc.asyncProperty(anyModelWorld, fc.constantFrom(0, 1, 2), (world, at) =>
          gradientLaws.agreesWithDifferences(forward, world, at),
        ),
        runsOn(backend, 6),
      ));

    it("agrees with them where the model is sure of its tokens: nll 1.4e-5, the first draw of seed 103", () =>
      fc.assert(
        fc.asyncProperty(anyModelWorld, fc.constantFrom(0, 1, 2), (world, at) =>
          gradientLaws.agreesWithDifferences(forward, world, at),
        ),
        { seed: 103, numRuns: 1 },
      ));

    it("agrees with tf.js autodiff of the unmerged model", () =>
      fc.assert(
        fc.asyncProperty(anyModelWorld, fc.constantFrom(0, 1, 2), (world, at) =>
          gradientLaws.agreesWithAutodiff(forward, world, at),
        ),
        runsOn(backend, 6),
      ));

    // ELSE the gradient of a hacked sample carries its neighbours', and T4 compares mixtures
    it("keeps samples apart: alone = together = reordered", () =>
      fc.assert(
        fc.asyncProperty(anyModelWorld, seed, (world, at) => gradientLaws.keepsSamplesApart(forward, world, at)),
        runs,
      ));

    it("leaks nothing: a loss of one sample leaves every other gradient at exactly zero", () =>
      fc.assert(
        fc.asyncProperty(anyModelWorld, seed, (world, own) => gradientLaws.leaksNothing(forward, world, own)),
        runs,
      ));

    // ELSE the prompt is learnt, and "completion NLL" is not
    it("ignores prompt logits: scored with slope 0 = not scored", () =>
      fc.assert(
        fc.asyncProperty(anyModelWorld, seed, (world, at) => gradientLaws.ignoresPromptLogits(forward, world, at)),
        runs,
      ));

    it("frees intermediates: numTensors is unchanged", () =>
      fc.assert(
        fc.asyncProperty(anyModelWorld, (world) => gradientLaws.freesIntermediates(forward, world)),
        runs,
      ));
  });
});
