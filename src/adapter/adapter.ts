import type { AdapterName } from "../artifact/runLayout.ts";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { LinearGradientSink } from "../nn/linear.ts";
import type { KnobLayout } from "./knobTable.ts";

/** The wrapped Linears of a model, as an adapter needs them. */
export interface AdaptedModel {
  readonly moduleNames: readonly string[];
  /** base weight, transposed: [dIn, dOut] */
  baseWeightT(moduleName: string): Tensor2D;
  useMerged(merged: ReadonlyMap<string, Tensor2D>): void;
  useBase(): void;
}

/**
 * Trainable knobs beside a frozen model.
 *
 * The knobs of all modules are one table `[M, P]` (see KnobLayout), which the caller owns. An adapter turns a table into
 * weights, and backward passes into the gradient of each sample with respect to the table. A new adapter is a class of this
 * interface and one line in probe/openAdapter.ts.
 */
export interface Adapter {
  readonly kind: AdapterName;
  readonly layout: KnobLayout;
  /** what the knobs are coordinates of, in words; directions of one basis mean nothing in another */
  readonly basis: string;
  /** the knobs at which the adapter is the identity or starts training, [M, P]; a new tensor */
  initialKnobs(): Tensor2D;
  /** weights with the knobs folded in, transposed, by module; new tensors */
  mergedWeights(model: AdaptedModel, knobs: Tensor2D): ReadonlyMap<string, Tensor2D>;
  /** collect per-sample gradients at these knobs during one backward pass */
  collectGradients(tokens: SampleTokens, knobs: Tensor2D): GradientCollector;
  /**
   * How far the basis has turned between two tables of knobs, read from the device.
   *
   * @param start  at which v_hack was extracted, [M, P]
   * @param now    [M, P]
   * @param v      v_hack's unit directions, [M, P]
   */
  drift(start: ArrayLike<number>, now: ArrayLike<number>, v: ArrayLike<number>): BasisDrift;
  dispose(): void;
}

/** How far an adapter's basis has turned: means over modules. */
export interface BasisDrift {
  readonly inputAngle: number; // largest principal angle between what is read of the input, then and now; radians
  readonly outputAngle: number; // the same for what is written to the output
  readonly inputOverlap: number; // mean squared cosine of the input's angles: 1 for the same subspace
  readonly weightChangeCosine: number; // between the changes of the weights that a step along v makes, then and now
}

/** Whose the rows of an output gradient are, and the input that each of them had. */
export interface SampleTokens {
  /** first row of each sample and N, [B + 1] */
  readonly rowStarts: Int32Array;
  /** row of the input, of Np, for each of the N rows: samples that share a prompt share its rows */
  readonly places: Int32Array;
}

export interface GradientCollector {
  readonly sink: LinearGradientSink;
  /** gradient of each sample's own loss, [B, M, P]; call once, after the backward pass */
  finish(): Tensor3D;
}

/**
 * Use these knobs: they are merged into the weights once, so that passes and generation do no extra work per token.
 *
 * Where every knob is zero the model uses the checkpoint's own weights, bit for bit: a free reference policy. (A LoRA whose
 * B is zero merges to the same weights.)
 */
export async function applyKnobs(model: AdaptedModel, adapter: Adapter, knobs: Tensor2D): Promise<void> {
  const largest = tf.tidy(() => tf.max(tf.abs(knobs)));
  const [value] = await largest.data();
  largest.dispose();
  if (value === 0) model.useBase();
  else model.useMerged(adapter.mergedWeights(model, knobs));
}
