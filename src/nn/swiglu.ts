import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { kernelOr } from "../tensor/kernelOr.ts";
import { placesInput, rowsAt, type Places } from "./rowsAt.ts";
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
  const [y, sigmoid] = kernelOr<[Tensor2D, Tensor2D]>("VhackSwiglu", { gate, up }, {}, () => {
    const slope = tf.sigmoid(gate);
    return [tf.mul<Tensor2D>(tf.mul(gate, slope), up), slope];
  });
  return { y, saved: [gate, up, sigmoid] };
}

/**
 * Gradients of {@link swiglu}; derivation in docs/backward/swiglu.md.
 *
 *     y = silu * up, silu = gate * sigmoid   =>   dUp   = dY * silu
 *                                                 dGate = dY * up * (sigmoid + silu * (1 - sigmoid))
 *
 * @param places  of the row that each row of dY passed as
 */
export function swigluBackward(dY: Tensor2D, saved: SavedSwiglu, places: Places): { dGate: Tensor2D; dUp: Tensor2D } {
  const [gate, up, sigmoid] = saved as Kept;
  const inputs = { dY, gate, up, sigmoid, ...placesInput(places) };
  const [dGate, dUp] = kernelOr<[Tensor2D, Tensor2D]>("VhackSwigluBackward", inputs, {}, () => {
    const [g, u, s] = [rowsAt(gate, places), rowsAt(up, places), rowsAt(sigmoid, places)];
    const silu = tf.mul(g, s);
    const slope = tf.add(s, tf.sub(silu, tf.mul(silu, s)));
    return [tf.mul<Tensor2D>(tf.mul(dY, u), slope), tf.mul<Tensor2D>(dY, silu)];
  });
  return { dGate, dUp };
}
