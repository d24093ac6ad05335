import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { batchLayout } from "../../src/decoder/batchLayout.ts";
import { blockBackward, blockForward, linearNames } from "../../src/decoder/block.ts";
import { packingOf } from "../../src/decoder/packing.ts";
import { raggedBatch } from "../../src/decoder/raggedBatch.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { gradientByDifferences } from "../reference/differences.ts";
import { rowsOf } from "../reference/layers.ts";
import { blockTwin } from "../reference/qwen3.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { runsOn } from "../support/runs.ts";
import { anyWorld, tinyModel, withModel, type World } from "../support/tinyModel.ts";
import { goldenError, goldenTolerance } from "../support/tolerance.ts";
import { smallConfig } from "./smallWorld.ts";
import { idsOf, twinOf } from "./tinyPasses.ts";

/** A decoder layer, or a mutant of it. */
interface Block {
  readonly forward: typeof blockForward;
  readonly backward: typeof blockBackward;
}

interface Passed {
  // of all samples' tokens; those that samples share are equal in x and y
  readonly x: Float32Array; // [N D]
  readonly dY: Float32Array; // [N D]
  readonly y: Float32Array;
  readonly dX: Float32Array;
  readonly called: string[]; // modules that the sink was called for
  readonly grown: number; // tensors that outlive the pass
}

/** Both passes of layer 0 over drawn hidden states of packed samples. */
async function passThrough({ forward, backward }: Block, { tiny, sequences }: World, seed: number): Promise<Passed> {
  return withModel(tiny, async (model) => {
    const before = tf.memory().numTensors;
    const batch = raggedBatch(sequences);
    const layout = batchLayout(batch, tiny.config);
    const rng = seededRng(seed, "hidden");
    const { Np, places } = packingOf(batch);
    const D = tiny.config.hiddenSize;
    const draw = (rows: number) => Float32Array.from({ length: rows * D }, () => rng.normal());
    const ofSamples = (packed: Float32Array) =>
      Float32Array.from({ length: places.length * D }, (_, i) => packed[places[Math.floor(i / D)]! * D + (i % D)]!);
    const [packed, dY] = [draw(Np), draw(places.length)];
    const [input, slope] = [tf.tensor2d(packed, [Np, D]), tf.tensor2d(dY, [places.length, D])];
    const called: string[] = [];
    const { y, keyValues, saved } = forward(input, model.block(0), layout);
    const dX = backward(slope, saved, model.block(0), layout, (name) => called.push(name), null);
    const found = {
      x: ofSamples(packed),
      dY,
      y: ofSamples((await y.data()) as Float32Array),
      dX: (await dX.data()) as Float32Array,
      called,
    };
    tf.dispose([y, keyValues, saved, dX, input, slope]);
    layout.dispose();
    return { ...found, grown: tf.memory().numTensors - before };
  });
}

/** The layer on every sample by itself, in float64. */
function packedTwin({ tiny, sequences }: World): (x: Float64Array) => number[] {
  const D = tiny.config.hiddenSize;
  return (x) => {
    let start = 0;
    return sequences.flatMap((sequence) => {
      const rows = rowsOf(x.subarray(start, (start += idsOf(sequence).length * D)), D);
      return blockTwin(twinOf(tiny), 0, rows).flat();
    });
  };
}

const blockLaws = {
  async agreesWithTwin(block: Block, world: World, seed: number): Promise<void> {
    const { x, y } = await passThrough(block, world, seed);
    expect(goldenError(y, packedTwin(world)(Float64Array.from(x)))).toBeLessThanOrEqual(goldenTolerance.logits);
  },

  async agreesWithDifferences(block: Block, world: World, seed: number): Promise<void> {
    const { x, dY, dX } = await passThrough(block, world, seed);
    const twin = packedTwin(world);
    const wanted = gradientByDifferences(
      (at) => twin(at).reduce((sum, value, i) => sum + value * dY[i]!, 0),
      Float64Array.from(x),
    );
    expect(goldenError(dX, wanted)).toBeLessThanOrEqual(goldenTolerance.gradients);
  },

  /** A module that the sink is not called for has no gradient, and nothing of it is ever projected. */
  async callsForEveryLinear(block: Block, world: World, moduleNames: readonly string[]): Promise<void> {
    const { called, grown } = await passThrough(block, world, 1);
    expect(called.toSorted()).toEqual([...moduleNames].toSorted());
    expect(grown).toBe(0);
  },
};

const real: Block = { forward: blockForward, backward: blockBackward };
const names = linearNames.map((name) => `model.layers.0.${name}`);
const tooth: World = {
  tiny: tinyModel({ ...smallConfig, numHiddenLayers: 1, tieWordEmbeddings: true }, 3),
  sequences: [
    { promptIds: [1, 2], completionIds: [3] },
    { promptIds: [4], completionIds: [5, 6] },
  ],
};
const twice: Block = {
  ...real,
  forward: (x, w, layout) =>
    ((passed) => ({ ...passed, y: tf.add<tf.Tensor2D>(passed.y, x) }))(blockForward(x, w, layout)),
};
const noResidual: Block = { ...real, backward: (dY, ...given) => tf.sub(blockBackward(dY, ...given), dY) };
const residualOnly: Block = {
  ...real,
  backward: (dY, ...given) => (blockBackward(dY, ...given).dispose(), tf.clone(dY)),
};
const silent: Block = {
  ...real,
  backward: (dY, saved, w, layout, sink, norms) =>
    blockBackward(dY, saved, w, layout, (name, x, d) => (name.includes("down") ? undefined : sink(name, x, d)), norms),
};

forEachBackend((backend) => {
  lawsOf<Block>("blockForward", real, (law) => {
    law("agrees with the float64 twin, sample by sample", {
      for: [anyWorld, fc.nat()],
      holds: blockLaws.agreesWithTwin,
      rejects: { "a residual counted twice": [twice, tooth, 1] },
      numRuns: runsOn(backend, 15).numRuns,
    });
  });

  lawsOf<Block>("blockBackward", real, (law) => {
    const { numRuns } = runsOn(backend, 6);
    law("agrees with float64 differences: dX = d <dY, y> / dX", {
      else: "the gradients of every layer below are wrong",
      for: [anyWorld, fc.nat()],
      holds: blockLaws.agreesWithDifferences,
      rejects: { "no residual": [noResidual, tooth, 1], "a gradient of the residual only": [residualOnly, tooth, 1] },
      numRuns,
    });

    law("calls the sink for every Linear once, and frees intermediates", {
      for: [anyWorld],
      holds: (block, world) => blockLaws.callsForEveryLinear(block, world, names),
      rejects: { "a Linear left out": [silent, tooth] },
      numRuns,
    });
  });
});
