import type { Qwen3Config } from "../../src/checkpoint/config.ts";
import {
  attentionTwin,
  linearTwin,
  rmsNormTwin,
  ropeTwin,
  rowsOf,
  swigluTwin,
  tokenLogpTwin,
  type Rows,
} from "./layers.ts";

/** A Qwen3 in float64, one sequence at a time, no cache, no packing, nothing merged. */
export interface Qwen3Twin {
  readonly config: Qwen3Config;
  /** a weight by its name in the checkpoint */
  weight(name: string): ArrayLike<number>;
  /** output of a wrapped Linear; an adapter's twin adds its own term here */
  linear(moduleName: string, x: Rows): Rows;
}

export function qwen3Twin(config: Qwen3Config, weight: (name: string) => ArrayLike<number>): Qwen3Twin {
  return {
    config,
    weight,
    linear: (moduleName, x) => linearTwin(x, rowsOf(weight(`${moduleName}.weight`), x[0]!.length)),
  };
}

/** One decoder layer on one sequence, [T][D] -> [T][D]. */
export function blockTwin(twin: Qwen3Twin, layer: number, x: Rows): Rows {
  const { config } = twin;
  const { headDim: Dh, ropeTheta, rmsNormEps } = config;
  const at = (name: string) => `model.layers.${layer}.${name}`;
  const norm = (name: string, rows: Rows) =>
    rmsNormTwin(rows, Array.from(twin.weight(at(`${name}.weight`))), rmsNormEps);
  const turned = (name: "q" | "k", rows: Rows) =>
    rows.map((row, t) => norm(`self_attn.${name}_norm`, rowsOf(row, Dh)).map((head) => ropeTwin(head, t, ropeTheta)));

  const normed = norm("input_layernorm", x);
  const project = (name: string) => twin.linear(at(`self_attn.${name}_proj`), normed);
  const attended = attentionTwin(
    turned("q", project("q")),
    turned("k", project("k")),
    project("v").map((row) => rowsOf(row, Dh)),
  );
  const h = sum(
    x,
    twin.linear(
      at("self_attn.o_proj"),
      attended.map((heads) => heads.flat()),
    ),
  );

  const postNormed = norm("post_attention_layernorm", h);
  const activated = swigluTwin(
    twin.linear(at("mlp.gate_proj"), postNormed),
    twin.linear(at("mlp.up_proj"), postNormed),
  );
  return sum(h, twin.linear(at("mlp.down_proj"), activated));
}

/** Log-probabilities of a sequence's tokens from `first` on, each given all before it. */
export function tokenLogpsTwin(twin: Qwen3Twin, ids: readonly number[], first: number): number[] {
  const { config, weight } = twin;
  const table = rowsOf(weight("model.embed_tokens.weight"), config.hiddenSize);
  const head = config.tieWordEmbeddings ? table : rowsOf(weight("lm_head.weight"), config.hiddenSize);
  let x = ids.map((id) => table[id]!);
  for (let layer = 0; layer < config.numHiddenLayers; layer++) x = blockTwin(twin, layer, x);
  const normed = rmsNormTwin(x, Array.from(weight("model.norm.weight")), config.rmsNormEps);
  return ids.slice(first).map((id, t) => tokenLogpTwin(normed[first + t - 1]!, head, id));
}

function sum(a: Rows, b: Rows): Rows {
  return a.map((row, n) => row.map((value, j) => value + b[n]![j]!));
}
