import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { ExampleTokens } from "../../../src/miniature/world/exampleTokens.ts";
import { LoraTrainable } from "../../../src/miniature/train/trainLora.ts";
import { ParameterLayout } from "../../../src/miniature/train/trainParameters.ts";
import type { trainShard } from "../../../src/miniature/train/trainShard.ts";
import type { Trainable } from "../../../src/miniature/train/trainStage.ts";
import { seededRng } from "../../../src/numeric/rng.ts";
import { directionalDerivative } from "../../reference/differences.ts";
import { qwen3Twin, tokenLogpsTwin } from "../../reference/qwen3.ts";
import type { TinyModel } from "../../support/tinyModel.ts";
import { expectWithin, goldenError, goldenTolerance, norm } from "../../support/tolerance.ts";

export type Shard = typeof trainShard;

export interface TrainingWorld {
  readonly tiny: TinyModel;
  readonly examples: readonly ExampleTokens[];
  readonly promptWeight: number;
}

/** All weights end to end, as the layout has them. */
export function parametersOf({ weights }: TinyModel, layout: ParameterLayout): Float32Array {
  return Float32Array.from([...layout.shapes.keys()].flatMap((name) => [...weights.get(name)!]));
}

/** Weighted NLL of the examples in float64, every weight read from one vector. */
export function lossTwin(
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

const dotOf = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

export const trainShardLaws = {
  /** One random direction in each tensor: a wrong entry hides from it with probability zero. */
  async agreesWithDifferences(shard: Shard, world: TrainingWorld): Promise<void> {
    const { tiny, examples, promptWeight } = world;
    const layout = new ParameterLayout(tiny.config);
    const parameters = parametersOf(tiny, layout);
    const { gradient, weightedNll } = await shard(tiny.config, layout, parameters, examples, promptWeight);
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
    const whole = await shard(tiny.config, layout, parameters, examples, promptWeight);
    const sum = new Float64Array(layout.length);
    let nll = 0;
    for (const example of examples) {
      const part = await shard(tiny.config, layout, parameters, [example], promptWeight);
      part.gradient.forEach((value, i) => (sum[i]! += value));
      nll += part.weightedNll;
    }
    expect(goldenError(whole.gradient, sum)).toBeLessThanOrEqual(goldenTolerance.gradients);
    expectWithin(whole.weightedNll, nll, lossBound(nll), "loss");
  },

  async freesItsTensors(shard: Shard, { tiny, examples, promptWeight }: TrainingWorld): Promise<void> {
    const layout = new ParameterLayout(tiny.config);
    const before = tf.memory().numTensors;
    await shard(tiny.config, layout, parametersOf(tiny, layout), examples, promptWeight);
    expect(tf.memory().numTensors).toBe(before);
  },
};

type LoraClass = new (
  layout: ParameterLayout,
  base: Float32Array,
  rank: number,
  alpha: number,
) => Trainable & Pick<LoraTrainable, "initial" | "length">;

/** A linear function of the parameters, seen through the LoRA: its gradient is known. */
export function expectLoraGradient(Class: LoraClass, tiny: TinyModel, rank: number, seed: number): void {
  const layout = new ParameterLayout(tiny.config);
  const lora = new Class(layout, parametersOf(tiny, layout), rank, 2 * rank);
  const rng = seededRng(seed, "lora");
  const values = Float32Array.from({ length: lora.length }, () => rng.normal());
  const slope = Float32Array.from({ length: layout.length }, () => rng.normal());
  const gradient = lora.gradient(values, slope);
  // float32 parameters are a bilinear function of A and B: a step of 1/2 in one entry is exact but for rounding
  const [size, indices] = [norm(slope) * norm(values), Array.from({ length: 12 }, () => rng.integer(lora.length))];
  for (const i of indices) {
    const at = (by: number) => dotOf(lora.parameters(values.with(i, values[i]! + by)), slope);
    expectWithin(gradient[i]!, at(0.5) - at(-0.5), goldenTolerance.gradients * size, `entry ${i}`);
  }
}

/** B is zero at the start: training begins at the base model, bit for bit. */
export function expectLoraIdentity(Class: LoraClass, tiny: TinyModel, rank: number, seed: number): void {
  const layout = new ParameterLayout(tiny.config);
  const base = parametersOf(tiny, layout);
  const lora = new Class(layout, base, rank, 16);
  expect(lora.parameters(lora.initial(seed))).toEqual(base);
}
