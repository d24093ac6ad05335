import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import {
  differencesError,
  differencesNoise,
  directionalDerivative,
  gradientByDifferences,
} from "../reference/differences.ts";
import { autodiffGradients } from "../support/autodiff.ts";
import { expectWithin, gamma, norm, unitRoundoff32, unitRoundoff64 } from "../support/tolerance.ts";

/** A layer of src/nn, or a mutant of it, as a function of the tensors that gradients flow to. */
export interface Layer {
  forward(inputs: readonly tf.Tensor[]): { y: tf.Tensor; saved: tf.TensorContainer };
  /** gradients of every input, given what its own forward pass kept */
  backward(dY: tf.Tensor, inputs: readonly tf.Tensor[], saved: tf.TensorContainer): tf.Tensor[];
}

/** Values to run a layer on, what it should do with them, and how much of an error float32 excuses. */
export interface LayerCase {
  readonly inputs: readonly { readonly shape: readonly number[]; readonly values: readonly number[] }[];
  readonly yShape: readonly number[];
  readonly dY: readonly number[];
  twin(inputs: readonly (readonly number[])[]): number[];
  /** the formula written down straightforwardly in tf.js operations */
  plain(inputs: tf.Tensor[]): tf.Tensor;
  /** chained roundings behind one number */
  readonly roundings: number;
  /** norm of the output before cancellation */
  readonly forwardScale: number;
  /** norm of every input's gradient before cancellation */
  backwardScales(dY: readonly number[]): readonly number[];
}

/** Most roundings of exp, log, sigmoid, rsqrt and their like on any backend (4e-7 on webgpu), and a few products. */
export const functionRoundings = 32;
/**
 * What no relative bound covers: numbers under float32's normal range, which a driver may flush to zero, and what the
 * differences leave of second-order terms h^2 |x|^2 that should cancel, 2^-53 h |x|^2 at most.
 */
const floor = unitRoundoff64;
/** Outputs count as of size one at least: where an input is zero, the differences still step it beside the others. */
const noiseOf = ({ dY, forwardScale }: LayerCase) => differencesNoise(norm(dY) * (1 + forwardScale));

const flat = (values: readonly (readonly number[])[]): number[] => values.flatMap((part) => [...part]);
const lengthOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
const error32 = ({ roundings }: LayerCase) => gamma(roundings, unitRoundoff32);

function onDevice({ inputs, dY, yShape }: LayerCase): { xs: tf.Tensor[]; slope: tf.Tensor } {
  return {
    xs: inputs.map(({ shape, values }) => tf.tensor([...values], [...shape], "float32")),
    slope: tf.tensor([...dY], [...yShape], "float32"),
  };
}

async function gradientsOf(layer: Layer, example: LayerCase, dY = example.dY): Promise<number[][]> {
  const { xs, slope } = onDevice({ ...example, dY });
  const { y, saved } = layer.forward(xs);
  const gradients = layer.backward(slope, xs, saved);
  const values = await Promise.all(gradients.map(async (gradient) => [...(await gradient.data())]));
  tf.dispose([xs, slope, y, saved, gradients]);
  return values;
}

/** <dY, y> as a function of all inputs end to end. */
function scalarTwin({ inputs, dY, twin }: LayerCase): (x: Float64Array) => number {
  const lengths = inputs.map(({ shape }) => lengthOf(shape));
  return (x) => {
    let start = 0;
    const parts = lengths.map((length) => [...x.subarray(start, (start += length))]);
    return twin(parts).reduce((sum, y, i) => sum + dY[i]! * y, 0);
  };
}

const allInputs = ({ inputs }: LayerCase) => Float64Array.from(flat(inputs.map(({ values }) => values)));

function expectClose(found: readonly number[], wanted: readonly number[], bound: number, what: string): void {
  const difference = norm(found.map((value, i) => value - wanted[i]!));
  expect(found.length, what).toBe(wanted.length);
  expect(difference <= bound + floor, `${what}: off by ${difference}, bound ${bound}`).toBe(true);
}

/** What a layer makes of these values instead of the example's own. */
export async function outputOf(
  layer: Layer,
  example: Pick<LayerCase, "inputs">,
  values: readonly (readonly number[])[],
): Promise<Float32Array> {
  const xs = example.inputs.map(({ shape }, i) => tf.tensor([...values[i]!], [...shape], "float32"));
  const { y, saved } = layer.forward(xs);
  const found = (await y.data()) as Float32Array;
  tf.dispose([xs, y, saved]);
  return found;
}

/** What holds of any layer with a backward. */
export const layerLaws = {
  async agreesWithTwin(layer: Layer, example: LayerCase): Promise<void> {
    const { xs, slope } = onDevice(example);
    const { y, saved } = layer.forward(xs);
    expect(y.shape).toEqual(example.yShape);
    const wanted = example.twin(example.inputs.map(({ values }) => values));
    expectClose([...(await y.data())], wanted, error32(example) * example.forwardScale, "forward");
    tf.dispose([xs, slope, y, saved]);
  },

  async agreesWithDifferences(layer: Layer, example: LayerCase): Promise<void> {
    const wanted = gradientByDifferences(scalarTwin(example), allInputs(example));
    const found = await gradientsOf(layer, example);
    let start = 0;
    found.forEach((gradient, i) => {
      const own = [...wanted.subarray(start, (start += gradient.length))];
      expectClose(
        gradient,
        own,
        (error32(example) + differencesError) * example.backwardScales(example.dY)[i]! + noiseOf(example),
        `input ${i}`,
      );
    });
    expect(start).toBe(wanted.length);
  },

  async agreesWithAutodiff(layer: Layer, example: LayerCase): Promise<void> {
    const { xs, slope } = onDevice(example);
    const gradients = autodiffGradients(example.plain, xs, slope);
    const wanted = await Promise.all(gradients.map(async (gradient) => [...(await gradient.data())]));
    tf.dispose([xs, slope, gradients]);
    (await gradientsOf(layer, example)).forEach((gradient, i) =>
      expectClose(gradient, wanted[i]!, 2 * error32(example) * example.backwardScales(example.dY)[i]!, `input ${i}`),
    );
  },

  /** J u by differences of the twin along u, brought to length one; J^T dY by the layer's backward. */
  async isAdjoint(layer: Layer, example: LayerCase, along: readonly number[]): Promise<void> {
    const u = along.map((value) => value / Math.max(norm(along), floor));
    const forward = directionalDerivative(scalarTwin(example), allInputs(example), u);
    const gradients = flat(await gradientsOf(layer, example));
    const backward = gradients.reduce((sum, value, i) => sum + value * u[i]!, 0);
    const scale = norm(example.backwardScales(example.dY));
    expectWithin(
      backward,
      forward,
      (error32(example) + differencesError) * scale + noiseOf(example) + floor,
      "<J^T dY, u> against <dY, J u>",
    );
  },

  async isLinear(layer: Layer, example: LayerCase, other: readonly number[]): Promise<void> {
    const dYs = [example.dY.map((value, i) => Math.fround(2 * value - other[i]!)), example.dY, other];
    const [together, one, two] = await Promise.all(dYs.map((dY) => gradientsOf(layer, example, dY)));
    const scales = dYs.map((dY) => example.backwardScales(dY));
    together!.forEach((gradient, i) => {
      const bound = error32(example) * (scales[0]![i]! + 2 * scales[1]![i]! + scales[2]![i]!);
      expectClose(
        gradient,
        one![i]!.map((value, j) => 2 * value - two![i]![j]!),
        bound,
        `input ${i}`,
      );
    });
  },

  freesIntermediates(layer: Layer, example: LayerCase): void {
    const { xs, slope } = onDevice(example);
    const before = tf.memory().numTensors;
    const { y, saved } = layer.forward(xs);
    const made = new Set([y, ...tf.tensor_util.getTensorsInContainer(saved)].filter((tensor) => !xs.includes(tensor)));
    expect(tf.memory().numTensors, "after forward").toBe(before + made.size);
    const gradients = layer.backward(slope, xs, saved);
    expect(tf.memory().numTensors, "after backward").toBe(before + made.size + gradients.length);
    tf.dispose([...made, ...gradients]);
    expect(tf.memory().numTensors, "after disposal").toBe(before);
    tf.dispose([xs, slope]);
  },
};
