import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { swiglu, swigluBackward, type SavedSwiglu } from "../../src/nn/swiglu.ts";
import { rowsOf, swigluTwin } from "../reference/layers.ts";
import { entries, normOf, size } from "./entries.ts";
import { functionRoundings, type Layer, type LayerCase } from "./layer.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOfLayer } from "./lawsOfLayer.ts";
import { entriesOf } from "./mutants.ts";

const swigluLayer: Layer = {
  forward: ([gate, up]) => swiglu(gate as tf.Tensor2D, up as tf.Tensor2D),
  backward: (dY, _, saved) => {
    const { dGate, dUp } = swigluBackward(dY as tf.Tensor2D, saved as SavedSwiglu, null);
    return [dGate, dUp];
  },
};

function swigluCase(
  N: number,
  F: number,
  gate: readonly number[],
  up: readonly number[],
  dY: readonly number[],
): LayerCase {
  const shape = [N, F];
  const y = swigluTwin(rowsOf(gate, F), rowsOf(up, F)).flat();
  return {
    inputs: [
      { shape, values: gate },
      { shape, values: up },
    ],
    yShape: shape,
    dY,
    twin: ([g, u]) => swigluTwin(rowsOf(g!, F), rowsOf(u!, F)).flat(),
    plain: ([g, u]) => tf.mul(tf.div(g!, tf.add(1, tf.exp(tf.neg(g!)))), u!),
    roundings: functionRoundings,
    forwardScale: normOf(y.length, (i) => y[i]!),
    // slope = sigmoid + silu - silu sigmoid, terms of at most 1, |gate|, |gate|
    backwardScales: (slope) => [
      normOf(slope.length, (i) => slope[i]! * up[i]! * (1 + 2 * Math.abs(gate[i]!))),
      normOf(slope.length, (i) => slope[i]! * gate[i]!),
    ],
  };
}

const anySwiglu: fc.Arbitrary<LayerCase> = fc
  .tuple(size, size)
  .chain(([N, F]) =>
    fc.tuple(entries(N * F), entries(N * F), entries(N * F)).map(([gate, up, dY]) => swigluCase(N, F, gate, up, dY)),
  );

const tooth = swigluCase(2, 3, entriesOf(6, 1), entriesOf(6, 2), entriesOf(6, 3));

forEachBackend((backend) => lawsOfLayer("swiglu", backend, anySwiglu, () => swigluLayer, tooth));
