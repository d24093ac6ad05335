import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";

/**
 * Rows of the embedding table.
 *
 * @param table     [Vocab, D]
 * @param inputIds  int32, [N]
 */
export function embedding(table: Tensor2D, inputIds: Tensor1D): Tensor2D {
  return tf.gather(table, inputIds);
}

/**
 * Table gradient of {@link embedding}, for training from scratch; dense, so meant for small vocabularies.
 *
 *     y[n] = table[inputIds[n]]   =>   dTable = onehot(inputIds)^T · dY        [Vocab, D]
 *
 * @param vocabSize  at least 2 (tf.oneHot's own limit)
 */
export function embeddingTableGradient(dY: Tensor2D, inputIds: Tensor1D, vocabSize: number): Tensor2D {
  return tf.tidy(() => tf.matMul(tf.cast(tf.oneHot(inputIds, vocabSize), "float32") as Tensor2D, dY, true, false));
}
