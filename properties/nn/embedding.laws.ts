import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { embedding, embeddingTableGradient } from "../../src/nn/embedding.ts";
import { rowsOf } from "../reference/layers.ts";
import { forEachBackend } from "../support/backends.ts";
import { norm } from "../support/tolerance.ts";
import { entries, normOf, size, vocabSize } from "./entries.ts";
import { functionRoundings, type Layer, type LayerCase } from "./layer.ts";
import { lawsOfLayer } from "./lawsOfLayer.ts";
import { entriesOf } from "./mutants.ts";

interface EmbeddingCase extends LayerCase {
  readonly inputIds: readonly number[];
}

function embeddingLayer(inputIds: readonly number[]): Layer {
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

function embeddingCase(
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

const anyEmbedding: fc.Arbitrary<EmbeddingCase> = fc
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

const tooth = embeddingCase(2, [1, 0, 1], entriesOf(6, 1), entriesOf(6, 2));

forEachBackend((backend) =>
  lawsOfLayer("embedding", backend, anyEmbedding, ({ inputIds }) => embeddingLayer(inputIds), tooth),
);
