import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { attention, attentionBackward, type SavedAttention } from "../nn/attention.ts";
import { linear, linearBackward, type LinearGradientSink } from "../nn/linear.ts";
import { rmsNorm, rmsNormBackward, type SavedRmsNorm } from "../nn/rmsNorm.ts";
import { rope, ropeBackward } from "../nn/rope.ts";
import { swiglu, swigluBackward, type SavedSwiglu } from "../nn/swiglu.ts";
import type { BatchLayout } from "./batchLayout.ts";

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

/** Everything that {@link blockBackward} needs: one layer's intermediates. */
export type SavedBlock = {
  readonly inputNorm: SavedRmsNorm;
  readonly normed: Tensor2D;
  readonly qNorm: SavedRmsNorm;
  readonly kNorm: SavedRmsNorm;
  readonly attention: SavedAttention[];
  readonly heads: Tensor2D;
  readonly postNorm: SavedRmsNorm;
  readonly postNormed: Tensor2D;
  readonly swiglu: SavedSwiglu;
  readonly activated: Tensor2D;
};

/**
 * One Qwen3 decoder layer.
 *
 *     h = x + oProj(attention(rope(qNorm(qProj(n))), rope(kNorm(kProj(n))), vProj(n))),  n = inputLayernorm(x)
 *     y = h + downProj(swiglu(gateProj(m), upProj(m))),                                  m = postAttentionLayernorm(h)
 *
 * @param x  [N, D], tokens of all samples end to end
 * @see Qwen3DecoderLayer in transformers
 */
export function blockForward(x: Tensor2D, w: BlockWeights, layout: BatchLayout): { y: Tensor2D; saved: SavedBlock } {
  return tf.tidy(() => {
    const { y: normed, saved: inputNorm } = rmsNorm(x, w.norms.input_layernorm, w.eps);
    const q = normedHeads(linear(normed, w.wT["self_attn.q_proj"]), w.norms["self_attn.q_norm"], w);
    const k = normedHeads(linear(normed, w.wT["self_attn.k_proj"]), w.norms["self_attn.k_norm"], w);
    const v = splitHeads(linear(normed, w.wT["self_attn.v_proj"]), w.headDim);
    const [qRotated, kRotated] = [rope(q.y, layout.rope), rope(k.y, layout.rope)];
    const perSample = layout.rows.map(({ start, length, causal }) =>
      attention(rowsOf(qRotated, start, length), rowsOf(kRotated, start, length), rowsOf(v, start, length), causal),
    );
    const heads = joinHeads(
      tf.concat(
        perSample.map(({ y }) => y),
        0,
      ),
    );
    const h: Tensor2D = tf.add(x, linear(heads, w.wT["self_attn.o_proj"]));

    const { y: postNormed, saved: postNorm } = rmsNorm(h, w.norms.post_attention_layernorm, w.eps);
    const gate = linear(postNormed, w.wT["mlp.gate_proj"]);
    const up = linear(postNormed, w.wT["mlp.up_proj"]);
    const { y: activated, saved: savedSwiglu } = swiglu(gate, up);
    return {
      y: tf.add<Tensor2D>(h, linear(activated, w.wT["mlp.down_proj"])),
      saved: {
        inputNorm,
        normed,
        qNorm: q.saved,
        kNorm: k.saved,
        attention: perSample.map(({ saved }) => saved),
        heads,
        postNorm,
        postNormed,
        swiglu: savedSwiglu,
        activated,
      },
    };
  });
}

/**
 * Activation gradient of {@link blockForward}; calls the sinks for every Linear and, when training, every norm.
 *
 * @param dY  [N, D]
 */
export function blockBackward(
  dY: Tensor2D,
  saved: SavedBlock,
  w: BlockWeights,
  layout: BatchLayout,
  linearSink: LinearGradientSink,
  normSink: NormGradientSink | null,
): Tensor2D {
  const throughLinear = (name: LinearName, x: Tensor2D, dOut: Tensor2D): Tensor2D => {
    linearSink(w.prefix + name, x, dOut);
    return linearBackward(dOut, w.wT[name]);
  };
  const throughNorm = (name: NormName, dOut: Tensor2D, savedNorm: SavedRmsNorm): Tensor2D => {
    normSink?.(`${w.prefix}${name}.weight`, dOut, savedNorm);
    return rmsNormBackward(dOut, w.norms[name], savedNorm);
  };
  return tf.tidy(() => {
    // y = h + downProj(swiglu(gateProj(m), upProj(m)))
    const { dGate, dUp } = swigluBackward(throughLinear("mlp.down_proj", saved.activated, dY), saved.swiglu);
    const dPostNormed: Tensor2D = tf.add(
      throughLinear("mlp.gate_proj", saved.postNormed, dGate),
      throughLinear("mlp.up_proj", saved.postNormed, dUp),
    );
    const dH: Tensor2D = tf.add(dY, throughNorm("post_attention_layernorm", dPostNormed, saved.postNorm));

    // h = x + oProj(heads)
    const dHeads = splitHeads(throughLinear("self_attn.o_proj", saved.heads, dH), w.headDim);
    const perSample = layout.rows.map(({ start, length }, b) =>
      attentionBackward(rowsOf(dHeads, start, length), saved.attention[b]!),
    );
    const dQ = ropeBackward(
      tf.concat(
        perSample.map((d) => d.dQ),
        0,
      ),
      layout.rope,
    );
    const dK = ropeBackward(
      tf.concat(
        perSample.map((d) => d.dK),
        0,
      ),
      layout.rope,
    );
    const dV = joinHeads(
      tf.concat(
        perSample.map((d) => d.dV),
        0,
      ),
    );
    const dQProj = joinHeads(splitLike(dQ, throughNorm("self_attn.q_norm", headRows(dQ), saved.qNorm)));
    const dKProj = joinHeads(splitLike(dK, throughNorm("self_attn.k_norm", headRows(dK), saved.kNorm)));
    const dNormed: Tensor2D = tf.addN([
      throughLinear("self_attn.q_proj", saved.normed, dQProj),
      throughLinear("self_attn.k_proj", saved.normed, dKProj),
      throughLinear("self_attn.v_proj", saved.normed, dV),
    ]);
    return tf.add(dH, throughNorm("input_layernorm", dNormed, saved.inputNorm));
  });
}

/** Per-head RMSNorm of a projection: [N, H Dh] -> [N, H, Dh]. */
function normedHeads(projected: Tensor2D, weight: Tensor1D, w: BlockWeights): { y: Tensor3D; saved: SavedRmsNorm } {
  const heads = splitHeads(projected, w.headDim);
  const { y, saved } = rmsNorm(headRows(heads), weight, w.eps);
  return { y: splitLike(heads, y), saved };
}

/** [N, H Dh] -> [N, H, Dh] */
function splitHeads(x: Tensor2D, headDim: number): Tensor3D {
  return tf.reshape(x, [x.shape[0], x.shape[1] / headDim, headDim]);
}

/** [N, H, Dh] -> [N, H Dh] */
function joinHeads(x: Tensor3D): Tensor2D {
  return tf.reshape(x, [x.shape[0], x.shape[1] * x.shape[2]]);
}

/** [N, H, Dh] -> [N H, Dh] */
function headRows(x: Tensor3D): Tensor2D {
  return tf.reshape(x, [x.shape[0] * x.shape[1], x.shape[2]]);
}

function splitLike(like: Tensor3D, rows: Tensor2D): Tensor3D {
  return tf.reshape(rows, like.shape);
}

function rowsOf(x: Tensor3D, start: number, length: number): Tensor3D {
  return tf.slice(x, [start, 0, 0], [length, -1, -1]);
}
