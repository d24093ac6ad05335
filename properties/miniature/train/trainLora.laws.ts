import fc from "fast-check";
import { expect } from "vitest";
import { LoraTrainable } from "../../../src/miniature/train/trainLora.ts";
import { ParameterLayout } from "../../../src/miniature/train/trainParameters.ts";
import type { Trainable } from "../../../src/miniature/train/trainStage.ts";
import { seededRng } from "../../../src/numeric/rng.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { anyTinyModel, tinyModel, type TinyModel } from "../../support/tinyModel.ts";
import { expectWithin, goldenTolerance, norm } from "../../support/tolerance.ts";
import { dotOf, parametersOf, trainedConfig } from "./trained.ts";

type LoraClass = new (
  layout: ParameterLayout,
  base: Float32Array,
  rank: number,
  alpha: number,
) => Trainable & Pick<LoraTrainable, "initial" | "length">;

/** A linear function of the parameters, seen through the LoRA: its gradient is known. */
function expectLoraGradient(Class: LoraClass, tiny: TinyModel, rank: number, seed: number): void {
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
function expectLoraIdentity(Class: LoraClass, tiny: TinyModel, rank: number, seed: number): void {
  const layout = new ParameterLayout(tiny.config);
  const base = parametersOf(tiny, layout);
  const lora = new Class(layout, base, rank, 16);
  expect(lora.parameters(lora.initial(seed))).toEqual(base);
}

class Unscaled extends LoraTrainable {
  override gradient(values: Float32Array, slope: Float32Array): Float32Array {
    return super.gradient(values, slope).map((value) => value / 2);
  }
}
class Aside extends LoraTrainable {
  override initial(seed: number): Float32Array {
    return super.initial(seed).map((value) => value + 0.01);
  }
}

const tooth = tinyModel(trainedConfig, 3);
const rank = fc.integer({ min: 1, max: 3 });

lawsOf<LoraClass>("LoraTrainable", LoraTrainable, (law) => {
  law("agrees with differences: d <slope, parameters(values)> / d values = gradient(values, slope)", {
    for: [anyTinyModel, rank, fc.nat()],
    holds: expectLoraGradient,
    rejects: { "scaling forgotten": [Unscaled, tooth, 2, 1] },
    numRuns: 15,
  });

  law("is the identity at the start: parameters(initial) = base, bit for bit", {
    for: [anyTinyModel, rank, fc.nat()],
    holds: expectLoraIdentity,
    rejects: { "a B that starts aside": [Aside, tooth, 2, 1] },
    numRuns: 15,
  });
});
