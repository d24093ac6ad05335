import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { linear } from "../nn/linear.ts";
import { rmsNorm } from "../nn/rmsNorm.ts";
import { rope, type RopeTable } from "../nn/rope.ts";
import { swiglu } from "../nn/swiglu.ts";
import type { BlockWeights } from "./block.ts";
import { appendToCache, type LayerCache } from "./kvCache.ts";

/** Where each row's new token goes and what it may look at. */
export interface DecodeStep {
  readonly rope: RopeTable;
  /** 1 at each row's new position, [B, C] */
  readonly slot: Tensor2D;
  /** 0 up to and including the new position, -1e9 after it, [B, C] */
  readonly bias: Tensor2D;
}

/**
 * One decoder layer for one new token per row, against cached keys and values; the same formulas as blockForward.
 *
 * @param x      [B, D]; freed
 * @param cache  freed; its successor is returned
 */
export function decodeBlock(
  x: Tensor2D,
  w: BlockWeights,
  step: DecodeStep,
  cache: LayerCache,
): { y: Tensor2D; cache: LayerCache } {
  const { q, k, v } = tf.tidy(() => {
    const { y: normed } = rmsNorm(x, w.norms.input_layernorm, w.eps);
    return {
      q: rope(normedHeads(linear(normed, w.wT["self_attn.q_proj"]), w.norms["self_attn.q_norm"], w), step.rope),
      k: rope(normedHeads(linear(normed, w.wT["self_attn.k_proj"]), w.norms["self_attn.k_norm"], w), step.rope),
      v: heads(linear(normed, w.wT["self_attn.v_proj"]), w.headDim),
    };
  });
  const next = appendToCache(cache, k, v, step.slot);
  const y = tf.tidy(() => {
    const h: Tensor2D = tf.add(x, linear(attend(q, next, step.bias), w.wT["self_attn.o_proj"]));
    const { y: postNormed } = rmsNorm(h, w.norms.post_attention_layernorm, w.eps);
    const gated = swiglu(linear(postNormed, w.wT["mlp.gate_proj"]), linear(postNormed, w.wT["mlp.up_proj"]));
    return tf.add<Tensor2D>(h, linear(gated.y, w.wT["mlp.down_proj"]));
  });
  tf.dispose([x, q, k, v]);
  return { y, cache: next };
}

/** softmax(q · kT / sqrt(Dh) + bias) · v, heads side by side: [B, H Dh]. */
function attend(q: Tensor3D, { kT, v }: LayerCache, bias: Tensor2D): Tensor2D {
  const [B, H, Dh] = q.shape;
  const [, Hkv, C] = v.shape;
  const grouped = tf.reshape(tf.mul(q, 1 / Math.sqrt(Dh)), [B, Hkv, H / Hkv, Dh]);
  const p = tf.softmax(tf.add(tf.matMul(grouped, kT), tf.reshape(bias, [B, 1, 1, C])));
  return tf.reshape(tf.matMul(p, v), [B, H * Dh]);
}

function heads(x: Tensor2D, headDim: number): Tensor3D {
  return tf.reshape(x, [x.shape[0], x.shape[1] / headDim, headDim]);
}

function normedHeads(x: Tensor2D, weight: Tensor1D, w: BlockWeights): Tensor3D {
  const split = heads(x, w.headDim);
  const [B, H, Dh] = split.shape;
  return tf.reshape(rmsNorm(tf.reshape(split, [B * H, Dh]), weight, w.eps).y, [B, H, Dh]);
}
