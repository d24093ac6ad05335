import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { embedding } from "../nn/embedding.ts";
import type { LinearGradientSink } from "../nn/linear.ts";
import { rmsNormBackward, type SavedRmsNorm } from "../nn/rmsNorm.ts";
import { tokenLogps, tokenLogpsBackward, tokenLogpsWithDerivative } from "../nn/tokenLogps.ts";
import { budgetInUse } from "../tensor/memoryBudget.ts";
import { batchLayout, type BatchLayout } from "./batchLayout.ts";
import { blockBackward, blockForward, type NormGradientSink, type SavedBlock } from "./block.ts";
import { headInput } from "./head.ts";
import { KeptLayers } from "./keptLayers.ts";
import type { Qwen3Model } from "./model.ts";
import type { RaggedBatch } from "./raggedBatch.ts";

/**
 * Log-probability of every completion token, forward only; no layer's intermediates survive it.
 *
 * @param batch  Nc completion tokens in all
 */
export function completionLogps(model: Qwen3Model, batch: RaggedBatch): Tensor1D {
  const layout = batchLayout(batch, model.config);
  const logps = tf.tidy(() => {
    let x = embedding(model.embedTokens, layout.inputIds);
    for (let layer = 0; layer < model.config.numHiddenLayers; layer++) {
      const y = tf.tidy(() => blockForward(x, model.block(layer), layout).y);
      x.dispose();
      x = y;
    }
    return tokenLogps(headInput(model, tf.gather(x, layout.scored)).y, model.lmHead, layout.targets);
  });
  layout.dispose();
  return logps;
}

/**
 * Sinks that only training from scratch needs, for what is not a wrapped Linear; tensors are freed when a call returns.
 *
 * Weights' gradients are sums over all samples, so their batch shares no prompts (withoutSharing).
 */
export interface TrainingSinks {
  readonly norm: NormGradientSink;
  /** input of the head, [Nc, D], and the loss's derivative, [Nc] */
  head(h: Tensor2D, targets: Tensor1D, dLogps: Tensor1D): void;
  /** gradient of the embedded tokens, [N, D] */
  embedding(inputIds: Tensor1D, dX: Tensor2D): void;
}

/**
 * A forward pass that can be taken back.
 *
 * Kept between forward and backward: every layer's input, the derivative of the scored log-probabilities, and as many of
 * the last layers' intermediates as the memory budget allows (KeptLayers); backward recomputes the other layers one at a time.
 */
export class LogpsPass {
  /** log-probability of every completion token, [Nc] */
  readonly logps: Tensor1D;
  /** layers whose intermediates are kept; the others pass twice */
  readonly keptLayers: number;
  readonly #model: Qwen3Model;
  readonly #layout: BatchLayout;
  readonly #inputs: readonly Tensor2D[];
  /** of each layer, null where backward recomputes them */
  readonly #saved: readonly (SavedBlock | null)[];
  readonly #finalSaved: SavedRmsNorm;
  readonly #h: Tensor2D;
  readonly #dLogpsDh: Tensor2D;
  readonly #scatter: Int32Array;

  constructor(model: Qwen3Model, batch: RaggedBatch) {
    this.#model = model;
    this.#layout = batchLayout(batch, model.config);
    this.#scatter = inverseOf(batch.scored, batch.inputIds.length);
    const last = model.config.numHiddenLayers - 1;
    const inputs = [embedding(model.embedTokens, this.#layout.inputIds)];
    const keeping = new KeptLayers(model.config.numHiddenLayers, budgetInUse());
    this.#saved = Array.from({ length: last + 1 }, (_, layer) => {
      const { y, saved } = keeping.run(layer, () => {
        const forward = blockForward(inputs[layer]!, model.block(layer), this.#layout);
        return { y: forward.y, saved: forward.saved };
      });
      inputs.push(y);
      return saved;
    });
    this.keptLayers = keeping.count;
    const hidden = inputs.pop()!;
    this.#inputs = inputs;
    const head = tf.tidy(() => {
      const { y: h, saved: finalSaved } = headInput(model, tf.gather(hidden, this.#layout.scored));
      return { h, finalSaved, ...tokenLogpsWithDerivative(h, model.lmHead, this.#layout.targets) };
    });
    hidden.dispose();
    this.logps = head.logps;
    this.#h = head.h;
    this.#finalSaved = head.finalSaved;
    this.#dLogpsDh = head.dLogpsDh;
  }

  /**
   * Take a loss back through the network, calling the sinks; may be called once.
   *
   * @param dLogps  dL/dlogp of every completion token, [Nc]
   */
  backward(dLogps: Tensor1D, linearSink: LinearGradientSink, training: TrainingSinks | null): void {
    const model = this.#model;
    training?.head(this.#h, this.#layout.targets, dLogps);
    let dX = tf.tidy(() => {
      const dNormed = tokenLogpsBackward(dLogps, this.#dLogpsDh);
      training?.norm("model.norm.weight", dNormed, this.#finalSaved);
      const dScored = rmsNormBackward(dNormed, model.finalNorm, this.#finalSaved, null, null);
      const withZero = tf.concat([dScored, tf.zeros([1, dScored.shape[1]])], 0) as Tensor2D;
      return tf.gather(withZero, tf.tensor1d(this.#scatter, "int32"));
    });
    for (let layer = model.config.numHiddenLayers - 1; layer >= 0; layer--) {
      const block = model.block(layer);
      const next = tf.tidy(() => {
        const saved = this.#saved[layer] ?? blockForward(this.#inputs[layer]!, block, this.#layout).saved;
        return blockBackward(dX, saved, block, this.#layout, linearSink, training?.norm ?? null);
      });
      tf.dispose([dX, this.#saved[layer] ?? []]);
      dX = next;
    }
    training?.embedding(this.#layout.inputIds, dX);
    dX.dispose();
  }

  dispose(): void {
    this.#layout.dispose();
    tf.dispose([this.logps, this.#h, this.#dLogpsDh, ...this.#inputs, this.#finalSaved]);
    tf.dispose(this.#saved.map((saved) => saved ?? []));
  }
}

/** For each of N tokens its place among the scored ones, or their number where it is not scored. */
function inverseOf(scored: Int32Array, N: number): Int32Array {
  const inverse = new Int32Array(N).fill(scored.length);
  scored.forEach((token, place) => (inverse[token] = place));
  return inverse;
}
