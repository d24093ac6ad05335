import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { generate } from "../../src/decoder/generate.ts";
import { forEachBackend } from "../support/backends.ts";
import { anyTinyModel, withModel } from "../support/tinyModel.ts";

forEachBackend(() =>
  it("generate rejects an empty prompt -> ConfigError, nothing left behind", async () => {
    await fc.assert(
      fc.asyncProperty(anyTinyModel, (tiny) =>
        withModel(tiny, async (model) => {
          const before = tf.memory().numTensors;
          const settings = { temperature: 1, topK: 0, topP: 1, maxNewTokens: 1, stopIds: [], seed: 1 };
          await expect(generate(model, [{ promptIds: [], key: "a" }], settings, () => {})).rejects.toThrow(ConfigError);
          expect(tf.memory().numTensors).toBe(before);
        }),
      ),
      { numRuns: 3 },
    );
  }),
);
