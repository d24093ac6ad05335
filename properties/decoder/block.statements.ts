import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { batchLayout } from "../../src/decoder/batchLayout.ts";
import type { blockBackward, blockForward } from "../../src/decoder/block.ts";
import { raggedBatch } from "../../src/decoder/raggedBatch.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { gradientByDifferences } from "../reference/differences.ts";
import { rowsOf } from "../reference/layers.ts";
import { blockTwin } from "../reference/qwen3.ts";
import { withModel, type World } from "../support/tinyModel.ts";
import { goldenError, goldenTolerance } from "../support/tolerance.ts";
import { idsOf, twinOf } from "./tinyPasses.ts";

/** A decoder layer, or a mutant of it. */
export interface Block {
  readonly forward: typeof blockForward;
  readonly backward: typeof blockBackward;
}

interface Passed {
  readonly x: Float32Array; // [N D]
  readonly dY: Float32Array; // [N D]
  readonly y: Float32Array;
  readonly dX: Float32Array;
  readonly told: string[]; // modules that the sink heard of
  readonly grown: number; // tensors that outlive the pass
}

/** Both passes of layer 0 over drawn hidden states of packed samples. */
async function passThrough({ forward, backward }: Block, { tiny, sequences }: World, seed: number): Promise<Passed> {
  return withModel(tiny, async (model) => {
    const before = tf.memory().numTensors;
    const batch = raggedBatch(sequences);
    const layout = batchLayout(batch, tiny.config);
    const rng = seededRng(seed, "hidden");
    const draw = () =>
      Float32Array.from({ length: batch.inputIds.length * tiny.config.hiddenSize }, () => rng.normal());
    const shape: [number, number] = [batch.inputIds.length, tiny.config.hiddenSize];
    const [x, dY] = [draw(), draw()];
    const [input, slope] = [tf.tensor2d(x, shape), tf.tensor2d(dY, shape)];
    const told: string[] = [];
    const { y, keyValues, saved } = forward(input, model.block(0), layout);
    const dX = backward(slope, saved, model.block(0), layout, (name) => told.push(name), null);
    const found = { x, dY, y: (await y.data()) as Float32Array, dX: (await dX.data()) as Float32Array, told };
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

export const blockLaws = {
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

  /** A module that the sink does not hear of has no gradient, and nothing of it is ever projected. */
  async tellsOfEveryLinear(block: Block, world: World, moduleNames: readonly string[]): Promise<void> {
    const { told, grown } = await passThrough(block, world, 1);
    expect(told.toSorted()).toEqual([...moduleNames].toSorted());
    expect(grown).toBe(0);
  },
};
