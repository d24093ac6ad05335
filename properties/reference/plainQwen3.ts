import * as tf from "@tensorflow/tfjs-core";
import type { Qwen3Config } from "../../src/checkpoint/config.ts";

/** A Qwen3 written down straightforwardly in differentiable tf.js operations: one sequence, head by head, nothing merged. */
export interface PlainQwen3 {
  readonly config: Qwen3Config;
  weight(name: string): tf.Tensor;
  linear(moduleName: string, x: tf.Tensor2D): tf.Tensor2D;
}

/** Log-probabilities of a sequence's tokens from `first` on, each given all before it. */
export function plainTokenLogps(model: PlainQwen3, ids: readonly number[], first: number): tf.Tensor1D {
  const { config, weight } = model;
  const table = weight("model.embed_tokens.weight") as tf.Tensor2D;
  const head = config.tieWordEmbeddings ? table : (weight("lm_head.weight") as tf.Tensor2D);
  const chosen = (tokens: readonly number[]) =>
    tf.cast(tf.oneHot(tf.tensor1d([...tokens], "int32"), config.vocabSize), "float32") as tf.Tensor2D;
  let x = tf.matMul(chosen(ids), table);
  for (let layer = 0; layer < config.numHiddenLayers; layer++) x = plainBlock(model, layer, x as tf.Tensor2D);
  const normed = rmsNorm(x, weight("model.norm.weight"), config.rmsNormEps) as tf.Tensor2D;
  const predicting = tf.slice(normed, [first - 1, 0], [ids.length - first, config.hiddenSize]);
  const logProbabilities = tf.logSoftmax(tf.matMul(predicting, head, false, true) as tf.Tensor2D);
  return tf.sum(tf.mul(logProbabilities, chosen(ids.slice(first))), 1);
}

function plainBlock({ config, weight, linear }: PlainQwen3, layer: number, x: tf.Tensor2D): tf.Tensor2D {
  const { headDim: Dh, numAttentionHeads: H, numKeyValueHeads: Hkv, rmsNormEps: eps, ropeTheta } = config;
  const T = x.shape[0];
  const at = (name: string) => `model.layers.${layer}.${name}`;
  const norm = (name: string, rows: tf.Tensor) => rmsNorm(rows, weight(at(`${name}.weight`)), eps) as tf.Tensor2D;
  const headOf = (rows: tf.Tensor2D, h: number) => tf.slice(rows, [0, h * Dh], [T, Dh]);
  const turned = (name: string, rows: tf.Tensor2D, h: number) =>
    rotate(norm(`self_attn.${name}_norm`, headOf(rows, h)), ropeTheta);

  const normed = norm("input_layernorm", x);
  const [q, k, v] = ["q", "k", "v"].map((name) => linear(at(`self_attn.${name}_proj`), normed)) as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  const future = tf.tensor2d(
    Array.from({ length: T * T }, (_, i) => (i % T > Math.floor(i / T) ? -1e9 : 0)),
    [T, T],
  );
  const heads = Array.from({ length: H }, (_, h) => {
    const kv = Math.floor(h / (H / Hkv));
    const scores = tf.div(tf.matMul(turned("q", q, h), turned("k", k, kv), false, true), Math.sqrt(Dh));
    return tf.matMul<tf.Tensor2D>(tf.softmax(tf.add(scores, future)) as tf.Tensor2D, headOf(v, kv));
  });
  const h: tf.Tensor2D = tf.add(x, linear(at("self_attn.o_proj"), tf.concat2d(heads, 1)));

  const postNormed = norm("post_attention_layernorm", h);
  const gate = linear(at("mlp.gate_proj"), postNormed);
  const activated = tf.mul(
    tf.div(gate, tf.add(1, tf.exp(tf.neg(gate)))),
    linear(at("mlp.up_proj"), postNormed),
  ) as tf.Tensor2D;
  return tf.add(h, linear(at("mlp.down_proj"), activated));
}

function rmsNorm(x: tf.Tensor, weight: tf.Tensor, eps: number): tf.Tensor {
  return tf.mul(tf.div(x, tf.sqrt(tf.add(tf.mean(tf.mul(x, x), -1, true), eps))), weight);
}

function rotate(x: tf.Tensor2D, theta: number): tf.Tensor2D {
  const [T, Dh] = x.shape;
  const half = Dh / 2;
  const [first, second] = [tf.slice(x, [0, 0], [T, half]), tf.slice(x, [0, half], [T, half])];
  const table = (f: (angle: number) => number) =>
    tf.tensor2d(
      Array.from({ length: T * half }, (_, i) => f(Math.floor(i / half) * theta ** ((-2 * (i % half)) / Dh))),
      [T, half],
    );
  const [cos, sin] = [table(Math.cos), table(Math.sin)];
  return tf.concat(
    [tf.sub(tf.mul(first, cos), tf.mul(second, sin)), tf.add(tf.mul(second, cos), tf.mul(first, sin))],
    1,
  );
}
