import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { chunkBytes } from "../tensor/backend.ts";
import { kernelOr } from "../tensor/kernelOr.ts";

/**
 * Log-probability of each target under the language-model head, without ever holding all logits.
 *
 *     logits   = h · W^T                                   [chunk, Vocab]
 *     logps[n] = h[n] · W[target[n]] - logsumexp(logits[n])        [N], nats
 *
 * @param h        final hidden states of the positions that predict, [N, D]
 * @param w        head (or tied embedding), [Vocab, D]
 * @param targets  int32, [N]
 */
export function tokenLogps(h: Tensor2D, w: Tensor2D, targets: Tensor1D): Tensor1D {
  const attrs = { chunkBytes: chunkBytes() };
  const [logps] = kernelOr<[Tensor1D]>("VhackTokenLogps", { h, w, targets }, attrs, () =>
    inChunks<[Tensor1D]>(h, w, targets, (hChunk, targetChunk) => {
      const { targetLogits, logSumExp } = chunkLogits(hChunk, w, targetChunk);
      return [tf.sub<Tensor1D>(targetLogits, logSumExp)];
    }),
  );
  return logps;
}

/**
 * {@link tokenLogps} together with its derivative.
 *
 *     dLogps[n]/dh[n] = W[target[n]] - softmax(logits[n]) · W        [N, D]
 *
 * The derivative does not depend on the loss, so it is formed while the chunk's logits exist: backward is one product
 * with dL/dlogp, and the vocabulary projection is never recomputed.
 */
export function tokenLogpsWithDerivative(
  h: Tensor2D,
  w: Tensor2D,
  targets: Tensor1D,
): { logps: Tensor1D; dLogpsDh: Tensor2D } {
  const attrs = { chunkBytes: chunkBytes() };
  type Outputs = [Tensor1D, Tensor2D];
  const [logps, dLogpsDh] = kernelOr<Outputs>("VhackTokenLogpsWithDerivative", { h, w, targets }, attrs, () =>
    inChunks<Outputs>(h, w, targets, (hChunk, targetChunk) => {
      const { targetRows, targetLogits, logSumExp, exps, sums } = chunkLogits(hChunk, w, targetChunk);
      const expected = tf.div(timesHead(exps, w), tf.expandDims(sums, 1));
      return [tf.sub<Tensor1D>(targetLogits, logSumExp), tf.sub<Tensor2D>(targetRows, expected)];
    }),
  );
  return { logps, dLogpsDh };
}

/**
 * Activation gradient of {@link tokenLogps}.
 *
 *     dH[n] = dLogps[n] * dLogps[n]/dh[n]        [N, D]
 */
export function tokenLogpsBackward(dLogps: Tensor1D, dLogpsDh: Tensor2D): Tensor2D {
  return tf.tidy(() => tf.mul(tf.expandDims(dLogps, 1), dLogpsDh));
}

/**
 * Head gradient of {@link tokenLogps}, for training from scratch; meant for small vocabularies.
 *
 *     dLogits = dLogps * (onehot(target) - softmax(logits))   =>   dW = dLogits^T · h        [Vocab, D]
 */
export function tokenLogpsWeightGradient(h: Tensor2D, w: Tensor2D, targets: Tensor1D, dLogps: Tensor1D): Tensor2D {
  return tf.tidy(() => {
    const probabilities = tf.softmax(tf.matMul(h, w, false, true));
    const dLogits = tf.mul(tf.sub(tf.oneHot(targets, w.shape[0]), probabilities), tf.expandDims(dLogps, 1));
    return tf.matMul(dLogits as Tensor2D, h, true, false);
  });
}

function chunkLogits(h: Tensor2D, w: Tensor2D, targets: Tensor1D) {
  const targetRows: Tensor2D = tf.gather(w, targets);
  const targetLogits: Tensor1D = tf.sum(tf.mul(h, targetRows), 1);
  const logits = tf.matMul(h, w, false, true);
  const peaks: Tensor1D = tf.max(logits, 1);
  const exps: Tensor2D = tf.exp(tf.sub(logits, tf.expandDims(peaks, 1)));
  const sums: Tensor1D = tf.sum(exps, 1);
  return { targetRows, targetLogits, logSumExp: tf.add<Tensor1D>(tf.log(sums), peaks), exps, sums };
}

/** Most entries of the vocabulary in one product. */
const vocabularyPart = 1024;

/**
 * exps · W, summed over parts of the vocabulary.        [chunk, Vocab] [Vocab, D] -> [chunk, D]
 *
 *     |error| <= (1024 + Vocab / 1024) u sum_id |exps[id] W[id]|,   u = 2^-24
 *
 * A product is one running float32 sum on some backends: over Qwen3's 151,936 entries it drops what is 2^-25 of the largest,
 * which can be 4e-3 of the sum. W's parts are copied one at a time.
 */
function timesHead(exps: Tensor2D, w: Tensor2D): Tensor2D {
  const [Vocab] = w.shape;
  const part = (start: number) => {
    const size = Math.min(vocabularyPart, Vocab - start);
    return tf.tidy((): Tensor2D =>
      tf.matMul(tf.slice(exps, [0, start], [-1, size]), tf.slice(w, [start, 0], [size, -1])),
    );
  };
  if (Vocab <= vocabularyPart) return tf.matMul(exps, w);
  let sum: Tensor2D = part(0);
  for (let start = vocabularyPart; start < Vocab; start += vocabularyPart) {
    const before = sum;
    sum = tf.tidy(() => tf.add<Tensor2D>(before, part(start)));
    before.dispose();
  }
  return sum;
}

/** Run `perChunk` over chunks of rows, each inside its own tidy, and join its outputs along the rows. */
function inChunks<Outputs extends tf.Tensor[]>(
  h: Tensor2D,
  w: Tensor2D,
  targets: Tensor1D,
  perChunk: (hChunk: Tensor2D, targetChunk: Tensor1D) => [...Outputs],
): [...Outputs] {
  const N = h.shape[0];
  const rows = Math.max(1, Math.floor(chunkBytes() / (4 * w.shape[0])));
  if (N <= rows) return tf.tidy(() => perChunk(h, targets));
  return tf.tidy(() => {
    const chunks: tf.Tensor[][] = [];
    for (let start = 0; start < N; start += rows) {
      const size = Math.min(rows, N - start);
      chunks.push(tf.tidy(() => perChunk(tf.slice(h, [start, 0], [size, -1]), tf.slice(targets, [start], [size]))));
    }
    return chunks[0]!.map((_, output) =>
      tf.concat(
        chunks.map((chunk) => chunk[output]!),
        0,
      ),
    ) as [...Outputs];
  });
}
