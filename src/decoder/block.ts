import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { packedAttention, packedAttentionBackward, type SavedAttention } from "../nn/attention.ts";
import { linear, linearsBackward, type LinearGradientSink, type LinearSlope } from "../nn/linear.ts";
import { rmsNorm, rmsNormBackward, type SavedRmsNorm } from "../nn/rmsNorm.ts";
import { normedRope, normedRopeBackward, normGradientOf } from "../nn/normedRope.ts";
import type { RopeTable } from "../nn/rope.ts";
import type { Saved } from "../nn/saved.ts";
import { swiglu, swigluBackward, type SavedSwiglu } from "../nn/swiglu.ts";
import type { BatchLayout } from "./batchLayout.ts";
import { joinHeads, splitHeads } from "./heads.ts";

/** The wrapped Linears of a block, in checkpoint order. */
export const linearNames = [
  "self_attn.q_proj",
  "self_attn.k_proj",
  "self_attn.v_proj",
  "self_attn.o_proj",
  "mlp.gate_proj",
  "mlp.up_proj",
  "mlp.down_proj",
] as const;
export type LinearName = (typeof linearNames)[number];

export const normNames = [
  "input_layernorm",
  "self_attn.q_norm",
  "self_attn.k_norm",
  "post_attention_layernorm",
] as const;
export type NormName = (typeof normNames)[number];

/** One decoder layer's weights on the device. */
export interface BlockWeights {
  /** e.g. `model.layers.0.` */
  readonly prefix: string;
  readonly norms: Readonly<Record<NormName, Tensor1D>>;
  /** transposed, [dIn, dOut] */
  readonly wT: Readonly<Record<LinearName, Tensor2D>>;
  readonly headDim: number;
  readonly eps: number;
}

/** Called once per RMSNorm during backward, when training from scratch; the tensors are freed when the call returns. */
export type NormGradientSink = (weightName: string, dY: Tensor2D, saved: SavedRmsNorm) => void;

export type SavedBlock = Saved<"block">;
type Kept = SavedProjections & SavedAfterAttention & { readonly attention: SavedAttention };

type SavedProjections = {
  readonly inputNorm: SavedRmsNorm;
  readonly normed: Tensor2D;
  readonly qNorm: SavedRmsNorm;
  readonly kNorm: SavedRmsNorm;
};

type SavedAfterAttention = {
  readonly heads: Tensor2D;
  readonly postNorm: SavedRmsNorm;
  readonly postNormed: Tensor2D;
  readonly swiglu: SavedSwiglu;
  readonly activated: Tensor2D;
};

/** Keys as attention reads them, rotated, and values, [Np, Hkv, Dh]. */
export type KeyValues = { readonly k: Tensor3D; readonly v: Tensor3D };

/**
 * One Qwen3 decoder layer.
 *
 *     h = x + oProj(attention(rope(qNorm(qProj(n))), rope(kNorm(kProj(n))), vProj(n))),  n = inputLayernorm(x)
 *     y = h + downProj(swiglu(gateProj(m), upProj(m))),                                  m = postAttentionLayernorm(h)
 *
 * @param x  [Np, D], the tokens that pass, end to end
 * @see Qwen3DecoderLayer in transformers
 */
export function blockForward(
  x: Tensor2D,
  w: BlockWeights,
  layout: BatchLayout,
): { y: Tensor2D; keyValues: KeyValues; saved: SavedBlock } {
  return tf.tidy(() => {
    const { q, k, v, saved: projections } = queriesKeysValues(x, w, layout.rope);
    const { y: attended, saved: attention } = packedAttention(q, k, v, layout.rows);
    const { y, saved: after } = afterAttention(x, attended, w);
    return { y, keyValues: { k, v }, saved: { ...projections, attention, ...after } };
  });
}

/** What attention is given: projections of the layer's normed input, [N, H, Dh]. */
export function queriesKeysValues(
  x: Tensor2D,
  w: BlockWeights,
  table: RopeTable,
): { q: Tensor3D; k: Tensor3D; v: Tensor3D; saved: SavedProjections } {
  const { y: normed, saved: inputNorm } = rmsNorm(x, w.norms.input_layernorm, w.eps);
  const heads = (name: LinearName): Tensor3D => splitHeads(linear(normed, w.wT[name]), w.headDim);
  const q = normedRope(heads("self_attn.q_proj"), w.norms["self_attn.q_norm"], w.eps, table);
  const k = normedRope(heads("self_attn.k_proj"), w.norms["self_attn.k_norm"], w.eps, table);
  return {
    q: q.y,
    k: k.y,
    v: heads("self_attn.v_proj"),
    saved: { inputNorm, normed, qNorm: q.saved, kNorm: k.saved },
  };
}

/** What follows attention: its output projected, and the feed-forward block. */
export function afterAttention(
  x: Tensor2D,
  attended: Tensor3D,
  w: BlockWeights,
): { y: Tensor2D; saved: SavedAfterAttention } {
  const heads = joinHeads(attended);
  const h: Tensor2D = tf.add(x, linear(heads, w.wT["self_attn.o_proj"]));
  const { y: postNormed, saved: postNorm } = rmsNorm(h, w.norms.post_attention_layernorm, w.eps);
  const gate = linear(postNormed, w.wT["mlp.gate_proj"]);
  const up = linear(postNormed, w.wT["mlp.up_proj"]);
  const { y: activated, saved: savedSwiglu } = swiglu(gate, up);
  return {
    y: tf.add<Tensor2D>(h, linear(activated, w.wT["mlp.down_proj"])),
    saved: { heads, postNorm, postNormed, swiglu: savedSwiglu, activated },
  };
}

/**
 * Activation gradient of {@link blockForward}, sample by sample; calls the sinks for every Linear and, when training, every norm.
 *
 * A token that samples share passed once, and has a gradient in each of them.
 *
 * @param dY  of all samples' tokens, [N, D]
 */
export function blockBackward(
  dY: Tensor2D,
  savedBlock: SavedBlock,
  w: BlockWeights,
  layout: BatchLayout,
  linearSink: LinearGradientSink,
  normSink: NormGradientSink | null,
): Tensor2D {
  const kept = savedBlock as Kept;
  const { attention, normed, heads, postNormed, activated } = kept;
  const { places, rope } = layout;
  const slope = (name: LinearName, x: Tensor2D, dOut: Tensor2D): LinearSlope => {
    linearSink(w.prefix + name, x, dOut);
    return { dY: dOut, wT: w.wT[name] };
  };
  const throughNorm = (name: NormName, dOut: Tensor2D, savedNorm: SavedRmsNorm, beside: Tensor2D): Tensor2D => {
    normSink?.(`${w.prefix}${name}.weight`, dOut, savedNorm);
    return rmsNormBackward(dOut, w.norms[name], savedNorm, places, beside);
  };
  const throughNormedRope = (name: "self_attn.q_norm" | "self_attn.k_norm", dY: Tensor3D, savedNorm: SavedRmsNorm) => {
    normSink?.(`${w.prefix}${name}.weight`, normGradientOf(dY, rope, places), savedNorm);
    return joinHeads(normedRopeBackward(dY, w.norms[name], savedNorm, rope, places));
  };
  return tf.tidy(() => {
    // y = h + downProj(swiglu(gateProj(m), upProj(m)))
    const dActivated = linearsBackward([slope("mlp.down_proj", activated, dY)], false);
    const { dGate, dUp } = swigluBackward(dActivated, kept.swiglu, places);
    const dPostNormed = linearsBackward(
      [slope("mlp.gate_proj", postNormed, dGate), slope("mlp.up_proj", postNormed, dUp)],
      false,
    );
    const dH = throughNorm("post_attention_layernorm", dPostNormed, kept.postNorm, dY);

    // h = x + oProj(heads)
    const dHeads = splitHeads(linearsBackward([slope("self_attn.o_proj", heads, dH)], true), w.headDim);
    const { dQ, dK, dV } = packedAttentionBackward(dHeads, attention, layout.rows);
    const dNormed = linearsBackward(
      [
        slope("self_attn.q_proj", normed, throughNormedRope("self_attn.q_norm", dQ, kept.qNorm)),
        slope("self_attn.k_proj", normed, throughNormedRope("self_attn.k_norm", dK, kept.kNorm)),
        slope("self_attn.v_proj", normed, joinHeads(dV)),
      ],
      false,
    );
    return throughNorm("input_layernorm", dNormed, kept.inputNorm, dH);
  });
}
