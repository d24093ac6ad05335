import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { tokenLogpsBackward, tokenLogpsWeightGradient, tokenLogpsWithDerivative } from "../../src/nn/tokenLogps.ts";
import { rowsOf, tokenLogpTwin } from "../reference/layers.ts";
import { norm } from "../support/tolerance.ts";
import { entries, normOf, size, vocabSize } from "./entries.ts";
import { functionRoundings, type Layer, type LayerCase } from "./layer.statements.ts";

export interface TokenLogpsCase extends LayerCase {
  readonly targets: readonly number[];
}

export function tokenLogpsLayer(targets: readonly number[]): Layer {
  return {
    forward: ([h, w]) => {
      const ids = tf.tensor1d([...targets], "int32");
      const { logps, dLogpsDh } = tokenLogpsWithDerivative(h as tf.Tensor2D, w as tf.Tensor2D, ids);
      return { y: logps, saved: { ids, dLogpsDh } };
    },
    backward: (dY, [h, w], saved) => {
      const { ids, dLogpsDh } = saved as { ids: tf.Tensor1D; dLogpsDh: tf.Tensor2D };
      return [
        tokenLogpsBackward(dY as tf.Tensor1D, dLogpsDh),
        tokenLogpsWeightGradient(h as tf.Tensor2D, w as tf.Tensor2D, ids, dY as tf.Tensor1D),
      ];
    },
  };
}

export function tokenLogpsCase(
  D: number,
  targets: readonly number[],
  h: readonly number[],
  w: readonly number[],
  dY: readonly number[],
): TokenLogpsCase {
  const [N, Vocab] = [targets.length, w.length / D];
  const rows = rowsOf(h, D);
  const wMost = Math.max(...rowsOf(w, D).map(norm));
  // an error of a logit, at most |h| |w| roundings, is a relative error of its probability
  const logit = rows.map((row) => norm(row) * wMost);
  return {
    inputs: [
      { shape: [N, D], values: h },
      { shape: [Vocab, D], values: w },
    ],
    yShape: [N],
    dY,
    targets,
    twin: ([a, b]) => rowsOf(a!, D).map((row, n) => tokenLogpTwin(row, rowsOf(b!, D), targets[n]!)),
    plain: ([a, b]) => {
      const chosen = tf.cast(tf.oneHot(tf.tensor1d([...targets], "int32"), Vocab), "float32");
      return tf.sum(tf.mul(tf.logSoftmax(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, false, true)), chosen), 1);
    },
    roundings: N + D + Vocab + functionRoundings,
    forwardScale: normOf(N, (n) => 4 * logit[n]! + Math.log(Vocab)),
    backwardScales: (slope) => [
      normOf(N, (n) => slope[n]! * wMost * (4 + 4 * logit[n]!)),
      rows.reduce((sum, row, n) => sum + Math.abs(slope[n]!) * norm(row) * (4 + 4 * logit[n]!), 0),
    ],
  };
}

export const anyTokenLogps: fc.Arbitrary<TokenLogpsCase> = fc
  .tuple(vocabSize, size, size)
  .chain(([Vocab, D, N]) =>
    fc
      .tuple(
        fc.array(fc.integer({ min: 0, max: Vocab - 1 }), { minLength: N, maxLength: N }),
        entries(N * D),
        entries(Vocab * D),
        entries(N),
      )
      .map(([targets, h, w, dY]) => tokenLogpsCase(D, targets, h, w, dY)),
  );
