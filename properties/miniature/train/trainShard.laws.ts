import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { ParameterLayout } from "../../../src/miniature/train/trainParameters.ts";
import { trainShard } from "../../../src/miniature/train/trainShard.ts";
import type { ExampleTokens } from "../../../src/miniature/world/exampleTokens.ts";
import { seededRng } from "../../../src/numeric/rng.ts";
import { directionalDerivative } from "../../reference/differences.ts";
import { qwen3Twin, tokenLogpsTwin } from "../../reference/qwen3.ts";
import { onBackend } from "../../support/backends.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { anyTinyModel, tinyModel, type TinyModel } from "../../support/tinyModel.ts";
import { expectWithin, goldenError, goldenTolerance, norm } from "../../support/tolerance.ts";
import { dotOf, parametersOf, trainedConfig } from "./trained.ts";

type Shard = typeof trainShard;

interface TrainingWorld {
  readonly tiny: TinyModel;
  readonly examples: readonly ExampleTokens[];
  readonly promptWeight: number;
}

/** Weighted NLL of the examples in float64, every weight read from one vector. */
function lossTwin(
  { tiny, examples, promptWeight }: TrainingWorld,
  layout: ParameterLayout,
): (parameters: Float64Array) => number {
  const starts = new Map<string, [number, number]>();
  let start = 0;
  for (const [name, shape] of layout.shapes)
    starts.set(name, [start, (start += shape.reduce((product, size) => product * size, 1))]);
  return (parameters) => {
    const twin = qwen3Twin(tiny.config, (name) => parameters.subarray(...starts.get(name)!));
    return examples.reduce((loss, { promptIds, completionIds }) => {
      const logps = tokenLogpsTwin(twin, [...promptIds, ...completionIds], 1);
      return logps.reduce((sum, logp, t) => sum - (t + 1 < promptIds.length ? promptWeight : 1) * logp, loss);
    }, 0);
  };
}

/** A direction of unit length in one tensor of the vector. */
function directionIn(layout: ParameterLayout, name: string): Float32Array {
  const direction = new Float32Array(layout.length);
  const part = layout.slice(direction, name);
  const rng = seededRng(1, "direction", name);
  for (let i = 0; i < part.length; i++) part[i] = rng.normal();
  const length = norm(part);
  for (let i = 0; i < part.length; i++) part[i]! /= length;
  return direction;
}

/** A sum of log-probabilities, each a difference of logits of order one whose rounding it carries however sure its token is. */
const lossBound = (loss: number) => goldenTolerance.logps * Math.max(1, loss);

const trainShardLaws = {
  /** One random direction in each tensor: a wrong entry hides from it with probability zero. */
  async agreesWithDifferences(shard: Shard, world: TrainingWorld): Promise<void> {
    const { tiny, examples, promptWeight } = world;
    const layout = new ParameterLayout(tiny.config);
    const parameters = parametersOf(tiny, layout);
    const { gradient, weightedNll } = await shard(layout, parameters, examples, promptWeight);
    const [loss, at] = [lossTwin(world, layout), Float64Array.from(parameters)];
    expectWithin(weightedNll, loss(at), lossBound(loss(at)), "loss");
    for (const name of layout.shapes.keys()) {
      const direction = directionIn(layout, name);
      expectWithin(
        dotOf(gradient, direction),
        directionalDerivative(loss, at, direction),
        goldenTolerance.gradients * norm(gradient),
        name,
      );
    }
  },

  /** However examples are dealt to shards, the sum is the same. */
  async addsUp(shard: Shard, { tiny, examples, promptWeight }: TrainingWorld): Promise<void> {
    const layout = new ParameterLayout(tiny.config);
    const parameters = parametersOf(tiny, layout);
    const whole = await shard(layout, parameters, examples, promptWeight);
    const sum = new Float64Array(layout.length);
    let nll = 0;
    for (const example of examples) {
      const part = await shard(layout, parameters, [example], promptWeight);
      part.gradient.forEach((value, i) => (sum[i]! += value));
      nll += part.weightedNll;
    }
    expect(goldenError(whole.gradient, sum)).toBeLessThanOrEqual(goldenTolerance.gradients);
    expectWithin(whole.weightedNll, nll, lossBound(nll), "loss");
  },

  async freesItsTensors(shard: Shard, { tiny, examples, promptWeight }: TrainingWorld): Promise<void> {
    const layout = new ParameterLayout(tiny.config);
    const before = tf.memory().numTensors;
    await shard(layout, parametersOf(tiny, layout), examples, promptWeight);
    expect(tf.memory().numTensors).toBe(before);
  },
};

const anyWorld: fc.Arbitrary<TrainingWorld> = anyTinyModel.chain((tiny) => {
  const ids = fc.array(fc.nat({ max: tiny.config.vocabSize - 1 }), { minLength: 1, maxLength: 4 });
  return fc.record({
    tiny: fc.constant(tiny),
    promptWeight: fc.constantFrom(0, 0.1, 1),
    examples: fc.array(fc.record({ promptIds: ids, completionIds: ids }), { minLength: 1, maxLength: 3 }),
  });
});

const tooth: TrainingWorld = {
  tiny: tinyModel(trainedConfig, 3),
  examples: [
    { promptIds: [1, 2, 3], completionIds: [4, 5] },
    { promptIds: [7], completionIds: [8, 0] },
  ],
  promptWeight: 0.1,
};
const negated: Shard = async (...given) => {
  const { gradient, weightedNll } = await trainShard(...given);
  return { weightedNll, gradient: gradient.map((value) => -value) };
};
const promptForgotten: Shard = (layout, parameters, examples) => trainShard(layout, parameters, examples, 0);
const headForgotten: Shard = async (layout, parameters, examples, promptWeight) => {
  const { gradient, weightedNll } = await trainShard(layout, parameters, examples, promptWeight);
  layout.slice(gradient, "model.embed_tokens.weight").fill(0);
  return { gradient, weightedNll };
};
const averaging: Shard = async (layout, parameters, examples, promptWeight) => {
  const { gradient, weightedNll } = await trainShard(layout, parameters, examples, promptWeight);
  return { weightedNll, gradient: gradient.map((value) => value / examples.length) };
};

const hoarding: Shard = (...given) => (tf.keep(tf.zeros([1])), trainShard(...given));

// training runs on wasm alone
onBackend("wasm", () =>
  lawsOf<Shard>("trainShard", trainShard, (law) => {
    const numRuns = 15;
    law(
      "agrees with float64 differences of the twin: <gradient, u> = d loss / du, a direction in every tensor, tied or not",
      {
        for: [anyWorld],
        holds: trainShardLaws.agreesWithDifferences,
        rejects: {
          sign: [negated, tooth],
          "the prompt's weight forgotten": [promptForgotten, tooth],
          "the embedding's gradient forgotten": [headForgotten, tooth],
        },
        numRuns,
      },
    );

    law("adds up: gradient(all) = sum of gradient(each)", {
      else: "the miniature depends on how many workers made it",
      for: [anyWorld],
      holds: trainShardLaws.addsUp,
      rejects: { "a mean": [averaging, tooth] },
      numRuns,
    });

    law("frees its tensors: numTensors is unchanged", {
      for: [anyWorld],
      holds: trainShardLaws.freesItsTensors,
      rejects: { "a tensor kept": [hoarding, tooth] },
      numRuns,
    });
  }),
);
