import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { rmsNorm, rmsNormBackward, rmsNormWeightGradient, type SavedRmsNorm } from "../../src/nn/rmsNorm.ts";
import { rmsNormTwin, rowsOf } from "../reference/layers.ts";
import { entries, normOf, size } from "./entries.ts";
import { functionRoundings, type Layer, type LayerCase } from "./layer.statements.ts";

export interface RmsNormCase extends LayerCase {
  readonly eps: number;
}

export function rmsNormLayer(eps: number): Layer {
  return {
    forward: ([x, weight]) => rmsNorm(x as tf.Tensor2D, weight as tf.Tensor1D, eps),
    backward: (dY, [, weight], saved) => [
      rmsNormBackward(dY as tf.Tensor2D, weight as tf.Tensor1D, saved as SavedRmsNorm),
      rmsNormWeightGradient(dY as tf.Tensor2D, saved as SavedRmsNorm),
    ],
  };
}

export function rmsNormCase(
  N: number,
  D: number,
  eps: number,
  x: readonly number[],
  weight: readonly number[],
  dY: readonly number[],
): RmsNormCase {
  const inputs = [
    { shape: [N, D], values: x },
    { shape: [D], values: weight },
  ];
  const rows = rowsOf(x, D);
  const rstd = rows.map((row) => 1 / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / D + eps));
  const y = rmsNormTwin(rows, weight, eps).flat();
  return {
    inputs,
    yShape: [N, D],
    dY,
    eps,
    twin: ([values, w]) => rmsNormTwin(rowsOf(values!, D), w!, eps).flat(),
    plain: ([values, w]) => {
      const meanSquare = tf.mean(tf.mul(values!, values!), -1, true);
      return tf.mul(tf.div(values!, tf.sqrt(tf.add(meanSquare, eps))), w!);
    },
    roundings: N + 2 * D + functionRoundings,
    forwardScale: normOf(y.length, (i) => y[i]!),
    // dX is the difference of two vectors no longer than rstd |w dY|; dWeight sums |dY xHat| over the rows
    backwardScales: (slope) => [
      2 * normOf(N * D, (i) => rstd[Math.floor(i / D)]! * weight[i % D]! * slope[i]!),
      normOf(D, (j) => rows.reduce((sum, row, n) => sum + Math.abs(slope[n * D + j]! * row[j]! * rstd[n]!), 0)),
    ],
  };
}

export const anyRmsNorm: fc.Arbitrary<RmsNormCase> = fc
  .tuple(size, size, fc.constantFrom(1e-6, 1e-5, 1e-2))
  .chain(([N, D, eps]) =>
    fc
      .tuple(entries(N * D), entries(D), entries(N * D))
      .map(([x, weight, dY]) => rmsNormCase(N, D, eps, x, weight, dY)),
  );
