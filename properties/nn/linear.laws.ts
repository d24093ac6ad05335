import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { linear, linearsBackward, linearWeightGradient } from "../../src/nn/linear.ts";
import { dot, rowsOf } from "../reference/layers.ts";
import { norm } from "../support/tolerance.ts";
import { entries, size } from "./entries.ts";
import type { Layer, LayerCase } from "./layer.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOfLayer } from "./lawsOfLayer.ts";
import { entriesOf } from "./mutants.ts";

const linearLayer: Layer = {
  forward: ([x, wT]) => ({ y: linear(x as tf.Tensor2D, wT as tf.Tensor2D), saved: {} }),
  backward: (dY, [x, wT]) => [
    linearsBackward([{ dY: dY as tf.Tensor2D, wT: wT as tf.Tensor2D }], false),
    linearWeightGradient(x as tf.Tensor2D, dY as tf.Tensor2D),
  ],
};

function linearCase(
  N: number,
  dIn: number,
  dOut: number,
  x: readonly number[],
  wT: readonly number[],
  dY: readonly number[],
): LayerCase {
  return {
    inputs: [
      { shape: [N, dIn], values: x },
      { shape: [dIn, dOut], values: wT },
    ],
    yShape: [N, dOut],
    dY,
    twin: ([a, b]) => {
      const columns = Array.from({ length: dOut }, (_, o) => Array.from({ length: dIn }, (_, i) => b![i * dOut + o]!));
      return rowsOf(a!, dIn).flatMap((row) => columns.map((column) => dot(row, column)));
    },
    plain: ([a, b]) => tf.sum(tf.mul(tf.reshape(a!, [N, dIn, 1]), tf.reshape(b!, [1, dIn, dOut])), 1),
    roundings: N + dIn + dOut,
    forwardScale: norm(x) * norm(wT),
    backwardScales: (slope) => [norm(slope) * norm(wT), norm(x) * norm(slope)],
  };
}

const anyLinear: fc.Arbitrary<LayerCase> = fc
  .tuple(size, size, size)
  .chain(([N, dIn, dOut]) =>
    fc
      .tuple(entries(N * dIn), entries(dIn * dOut), entries(N * dOut))
      .map(([x, wT, dY]) => linearCase(N, dIn, dOut, x, wT, dY)),
  );

const tooth = linearCase(2, 3, 4, entriesOf(6, 1), entriesOf(12, 2), entriesOf(8, 3));

forEachBackend((backend) => lawsOfLayer("linear", backend, anyLinear, () => linearLayer, tooth));
