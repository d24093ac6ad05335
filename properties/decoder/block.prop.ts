import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, it } from "vitest";
import { blockBackward, blockForward, linearNames } from "../../src/decoder/block.ts";
import { forEachBackend } from "../support/backends.ts";
import { rejects } from "../support/rejects.ts";
import { runsOn } from "../support/runs.ts";
import { anyModelWorld, tinyModel, type World } from "../support/tinyModel.ts";
import { blockLaws, type Block } from "./block.statements.ts";

const real: Block = { forward: blockForward, backward: blockBackward };
const names = linearNames.map((name) => `model.layers.0.${name}`);

forEachBackend((backend) => {
  describe("blockForward", () => {
    it("agrees with the float64 twin, sample by sample", () =>
      fc.assert(
        fc.asyncProperty(anyModelWorld, fc.nat(), (world, seed) => blockLaws.agreesWithTwin(real, world, seed)),
        runsOn(backend, 15),
      ));
  });

  describe("blockBackward", () => {
    // ELSE the gradients of every layer below are wrong
    it("agrees with float64 differences: dX = d <dY, y> / dX", () =>
      fc.assert(
        fc.asyncProperty(anyModelWorld, fc.nat(), (world, seed) => blockLaws.agreesWithDifferences(real, world, seed)),
        runsOn(backend, 6),
      ));

    it("tells the sink of every Linear once, and frees intermediates", () =>
      fc.assert(
        fc.asyncProperty(anyModelWorld, (world) => blockLaws.tellsOfEveryLinear(real, world, names)),
        runsOn(backend, 6),
      ));
  });

  describe("teeth: laws of the block", () => {
    const world: World = {
      tiny: tinyModel(
        {
          hiddenSize: 6,
          intermediateSize: 7,
          numHiddenLayers: 1,
          numAttentionHeads: 4,
          numKeyValueHeads: 2,
          headDim: 4,
          vocabSize: 9,
          rmsNormEps: 1e-6,
          ropeTheta: 100,
          tieWordEmbeddings: true,
          maxPositionEmbeddings: 64,
          eosTokenIds: [1],
          padTokenId: 0,
        },
        3,
      ),
      sequences: [
        { promptIds: [1, 2], completionIds: [3] },
        { promptIds: [4], completionIds: [5, 6] },
      ],
    };
    it("the twin rejects: a residual counted twice; agreement with differences rejects: no residual, a gradient of the residual only; every Linear told rejects: a Linear untold", async () => {
      const twice: Block = {
        ...real,
        forward: (x, w, layout) =>
          ((passed) => ({ ...passed, y: tf.add<tf.Tensor2D>(passed.y, x) }))(blockForward(x, w, layout)),
      };
      await rejects(() => blockLaws.agreesWithTwin(twice, world, 1));
      const noResidual: Block = { ...real, backward: (dY, ...given) => tf.sub(blockBackward(dY, ...given), dY) };
      await rejects(() => blockLaws.agreesWithDifferences(noResidual, world, 1));
      const residualOnly: Block = {
        ...real,
        backward: (dY, ...given) => (blockBackward(dY, ...given).dispose(), tf.clone(dY)),
      };
      await rejects(() => blockLaws.agreesWithDifferences(residualOnly, world, 1));
      const silent: Block = {
        ...real,
        backward: (dY, saved, w, layout, sink, norms) =>
          blockBackward(
            dY,
            saved,
            w,
            layout,
            (name, x, d) => (name.includes("down") ? undefined : sink(name, x, d)),
            norms,
          ),
      };
      await rejects(() => blockLaws.tellsOfEveryLinear(silent, world, names));
    });
  });
});
