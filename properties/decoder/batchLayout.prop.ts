import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { completionLogps } from "../../src/decoder/logps.ts";
import { raggedBatch } from "../../src/decoder/raggedBatch.ts";
import { forEachBackend } from "../support/backends.ts";
import { runsOn } from "../support/runs.ts";
import { anyModelWorld, withModel } from "../support/tinyModel.ts";

forEachBackend((backend) => {
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
});
