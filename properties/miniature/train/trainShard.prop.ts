import fc from "fast-check";
import { beforeAll, describe, it } from "vitest";
import { LoraTrainable } from "../../../src/miniature/train/trainLora.ts";
import { trainShard } from "../../../src/miniature/train/trainShard.ts";
import { defaultMemoryBytes, startBackend } from "../../../src/tensor/backend.ts";
import { anyTinyModel } from "../../support/tinyModel.ts";
import { expectLoraGradient, expectLoraIdentity, trainShardLaws, type TrainingWorld } from "./trainShard.statements.ts";

const anyWorld: fc.Arbitrary<TrainingWorld> = anyTinyModel.chain((tiny) => {
  const ids = fc.array(fc.nat({ max: tiny.config.vocabSize - 1 }), { minLength: 1, maxLength: 4 });
  return fc.record({
    tiny: fc.constant(tiny),
    promptWeight: fc.constantFrom(0, 0.1, 1),
    examples: fc.array(fc.record({ promptIds: ids, completionIds: ids }), { minLength: 1, maxLength: 3 }),
  });
});

// training runs on wasm alone
beforeAll(() => startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));
const runs = { numRuns: 15 };

describe("trainShard", () => {
  it("agrees with float64 differences of the twin: <gradient, u> = d loss / du, a direction in every tensor, tied or not", () =>
    fc.assert(
      fc.asyncProperty(anyWorld, (world) => trainShardLaws.agreesWithDifferences(trainShard, world)),
      runs,
    ));

  // ELSE the miniature depends on how many workers made it
  it("adds up: gradient(all) = sum of gradient(each)", () =>
    fc.assert(
      fc.asyncProperty(anyWorld, (world) => trainShardLaws.addsUp(trainShard, world)),
      runs,
    ));

  it("frees its tensors: numTensors is unchanged", () =>
    fc.assert(
      fc.asyncProperty(anyWorld, (world) => trainShardLaws.freesItsTensors(trainShard, world)),
      runs,
    ));
});

describe("LoraTrainable", () => {
  const rank = fc.integer({ min: 1, max: 3 });

  it("agrees with differences: d <slope, parameters(values)> / d values = gradient(values, slope)", () =>
    fc.assert(
      fc.property(anyTinyModel, rank, fc.nat(), (tiny, r, seed) => expectLoraGradient(LoraTrainable, tiny, r, seed)),
      runs,
    ));

  it("is the identity at the start: parameters(initial) = base, bit for bit", () =>
    fc.assert(
      fc.property(anyTinyModel, rank, fc.nat(), (tiny, r, seed) => expectLoraIdentity(LoraTrainable, tiny, r, seed)),
      runs,
    ));
});
