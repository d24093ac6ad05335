import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Saved } from "./saved.ts";

export type SavedSwiglu = Saved<"swiglu">;
type Kept = [gate: Tensor2D, up: Tensor2D, sigmoid: Tensor2D];

/**
 * The gated activation of the feed-forward block.
 *
 *     sigmoid = 1 / (1 + exp(-gate))
 *     y       = gate * sigmoid * up        [N, F]
 *
 * @see Shazeer 2020, arXiv 2002.05202
 */
export function swiglu(gate: Tensor2D, up: Tensor2D): { y: Tensor2D; saved: SavedSwiglu } {
  return tf.tidy(() => {
    const sigmoid = tf.sigmoid(gate);
    return { y: tf.mul<Tensor2D>(tf.mul(gate, sigmoid), up), saved: [gate, up, sigmoid] };
  });
}

/**
 * Gradients of {@link swiglu}; derivation in docs/backward/swiglu.md.
 *
 *     y = silu * up, silu = gate * sigmoid   =>   dUp   = dY * silu
 *                                                 dGate = dY * up * (sigmoid + silu * (1 - sigmoid))
 */
export function swigluBackward(dY: Tensor2D, saved: SavedSwiglu): { dGate: Tensor2D; dUp: Tensor2D } {
  const [gate, up, sigmoid] = saved as Kept;
  return tf.tidy(() => {
    const silu = tf.mul(gate, sigmoid);
    const slope = tf.add(sigmoid, tf.sub(silu, tf.mul(silu, sigmoid)));
    return { dGate: tf.mul<Tensor2D>(tf.mul(dY, up), slope), dUp: tf.mul<Tensor2D>(dY, silu) };
  });
}
