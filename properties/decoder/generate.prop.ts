import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { generate } from "../../src/decoder/generate.ts";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import { forEachBackend } from "../support/backends.ts";
import { runsOn } from "../support/runs.ts";
import { anyTinyModel, withModel } from "../support/tinyModel.ts";
import { generateLaws, type Generate, type GenerationWorld } from "./generate.statements.ts";

/** Some prompts around the size by which caches grow, some the same; some rows stop early. */
const anyWorld: fc.Arbitrary<GenerationWorld> = anyTinyModel.chain((tiny) => {
  const id = fc.nat({ max: tiny.config.vocabSize - 1 });
  const prompt = fc.oneof(
    { weight: 3, arbitrary: fc.array(id, { minLength: 1, maxLength: 5 }) },
    { weight: 1, arbitrary: fc.array(id, { minLength: 29, maxLength: 34 }) },
  );
  return fc.record({
    tiny: fc.constant(tiny),
    rows: fc
      .array(prompt, { minLength: 1, maxLength: 3 })
      .chain((prompts) =>
        fc
          .array(fc.nat({ max: prompts.length - 1 }), { minLength: 1, maxLength: 4 })
          .map((picks) => picks.map((pick, i) => ({ promptIds: prompts[pick]!, key: `row/${i}` }))),
      ),
    settings: fc.record({
      temperature: fc.constantFrom(0, 0.7, 1, 2),
      topK: fc.constantFrom(0, 1, 2, 99),
      topP: fc.constantFrom(1, 0.9, 0.3),
      maxNewTokens: fc.integer({ min: 1, max: 8 }),
      stopIds: fc.uniqueArray(id, { maxLength: 2 }),
      seed: fc.nat(),
    }),
  });
});

forEachBackend((backend) => {
  const runs = runsOn(backend, 15);
  const forAny = (law: (draw: Generate, world: GenerationWorld) => Promise<void>, count = runs) =>
    fc.assert(
      fc.asyncProperty(anyWorld, (world) => law(generate, world)),
      count,
    );

  describe("generate", () => {
    // ELSE a pool cannot be remade, and a row's completion depends on the rows beside it
    it("is invariant to batch size, order and company: ids(all) = ids(reversed) = ids(one by one)", () =>
      forAny(generateLaws.ignoresCompany));

    // ELSE the pool's completions are not samples of the teacher
    it("agrees with the float64 twin without a cache: id_t = inverseCdf(p(. | prompt, ids before t), u_t)", () =>
      forAny(generateLaws.agreesWithFullForward));

    // ELSE importance ratios start away from 1
    it("agrees with scoring: logps = completionLogps(prompt, ids)", () => forAny(generateLaws.agreesWithScoring));

    it("stops at the first stop id, which is included, or after maxNewTokens; tells of each row once, when it is whole", () =>
      forAny(generateLaws.stops));

    it("is reproducible: same seed -> same ids and logps; more tokens allowed -> the same beginning", () =>
      forAny(generateLaws.followsItsSeed));

    it("frees its tensors: numTensors is unchanged", () => forAny(generateLaws.freesItsTensors));

    it("rejects an empty prompt -> ConfigError, nothing left behind", async () => {
      await fc.assert(
        fc.asyncProperty(anyTinyModel, (tiny) =>
          withModel(tiny, async (model) => {
            const before = tf.memory().numTensors;
            const settings = { temperature: 1, topK: 0, topP: 1, maxNewTokens: 1, stopIds: [], seed: 1 };
            await expect(generate(model, [{ promptIds: [], key: "a" }], settings, () => {})).rejects.toThrow(
              ConfigError,
            );
            expect(tf.memory().numTensors).toBe(before);
          }),
        ),
        { numRuns: 3 },
      );
    });
  });
});

// the growth of caches by 32 slots must not be seen: a row long past several of them, beside shorter ones
describe("generate", () => {
  beforeAll(() => startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

  it("is invariant to the growth of its caches: 70 tokens after prompts of 1, 31, 32, 33, alone = together", () =>
    fc.assert(
      fc.asyncProperty(anyTinyModel, fc.nat(), (tiny, seed) => {
        const rows = [1, 31, 32, 33].map((length, i) => ({
          promptIds: Array.from({ length }, (_, t) => (t * (i + 1)) % tiny.config.vocabSize),
          key: `${i}`,
        }));
        return generateLaws.ignoresCompany(generate, {
          tiny,
          rows,
          settings: { temperature: 1, topK: 0, topP: 1, maxNewTokens: 70, stopIds: [0], seed },
        });
      }),
      { numRuns: 3 },
    ));
});
