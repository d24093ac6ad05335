import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { embedding, embeddingTableGradient } from "../../src/nn/embedding.ts";
import { linear, linearBackward, linearWeightGradient } from "../../src/nn/linear.ts";
import { dot, rowsOf } from "../reference/layers.ts";
import { norm } from "../support/tolerance.ts";
import { entries, normOf, size, vocabSize } from "./entries.ts";
import { functionRoundings, type Layer, type LayerCase } from "./layer.statements.ts";

export const linearLayer: Layer = {
  forward: ([x, wT]) => ({ y: linear(x as tf.Tensor2D, wT as tf.Tensor2D), saved: {} }),
  backward: (dY, [x, wT]) => [
    linearBackward(dY as tf.Tensor2D, wT as tf.Tensor2D),
    linearWeightGradient(x as tf.Tensor2D, dY as tf.Tensor2D),
  ],
};

export function linearCase(
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

export const anyLinear: fc.Arbitrary<LayerCase> = fc
  .tuple(size, size, size)
  .chain(([N, dIn, dOut]) =>
    fc
      .tuple(entries(N * dIn), entries(dIn * dOut), entries(N * dOut))
      .map(([x, wT, dY]) => linearCase(N, dIn, dOut, x, wT, dY)),
  );

export interface EmbeddingCase extends LayerCase {
  readonly inputIds: readonly number[];
}

export function embeddingLayer(inputIds: readonly number[]): Layer {
  return {
    forward: ([table]) => {
      const ids = tf.tensor1d([...inputIds], "int32");
      return { y: embedding(table as tf.Tensor2D, ids), saved: { ids } };
    },
    backward: (dY, [table], saved) => [
      embeddingTableGradient(dY as tf.Tensor2D, (saved as { ids: tf.Tensor1D }).ids, table!.shape[0]!),
    ],
  };
}

export function embeddingCase(
  D: number,
  inputIds: readonly number[],
  table: readonly number[],
  dY: readonly number[],
): EmbeddingCase {
  const [Vocab, N] = [table.length / D, inputIds.length];
  return {
    inputs: [{ shape: [Vocab, D], values: table }],
    yShape: [N, D],
    dY,
    inputIds,
    twin: ([rows]) => inputIds.flatMap((id) => rowsOf(rows!, D)[id]!),
    plain: ([rows]) =>
      tf.matMul(tf.cast(tf.oneHot(tf.tensor1d([...inputIds], "int32"), Vocab), "float32"), rows as tf.Tensor2D),
    roundings: N + functionRoundings,
    forwardScale: norm(table),
    // a row sums up to N gradients
    backwardScales: (slope) => [normOf(slope.length, (i) => slope[i]!) * Math.sqrt(N)],
  };
}

export const anyEmbedding: fc.Arbitrary<EmbeddingCase> = fc
  .tuple(vocabSize, size, size)
  .chain(([Vocab, D, N]) =>
    fc
      .tuple(
        fc.array(fc.integer({ min: 0, max: Vocab - 1 }), { minLength: N, maxLength: N }),
        entries(Vocab * D),
        entries(N * D),
      )
      .map(([ids, table, dY]) => embeddingCase(D, ids, table, dY)),
  );
