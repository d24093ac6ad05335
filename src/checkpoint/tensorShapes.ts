import type { Qwen3Config } from "./config.ts";

/**
 * Every tensor that a Qwen3 checkpoint holds, with its shape, in checkpoint order.
 *
 * A tied model has no `lm_head.weight`: the embedding serves as the vocabulary projection.
 *
 * @see transformers, models/qwen3/modeling_qwen3.py
 */
export function tensorShapes(config: Qwen3Config): Map<string, number[]> {
  const { hiddenSize: D, intermediateSize: F, headDim: Dh, vocabSize: Vocab } = config;
  const queries = config.numAttentionHeads * Dh;
  const keys = config.numKeyValueHeads * Dh;
  const shapes = new Map<string, number[]>([["model.embed_tokens.weight", [Vocab, D]]]);
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const at = (name: string, shape: number[]): unknown => shapes.set(`model.layers.${layer}.${name}.weight`, shape);
    at("input_layernorm", [D]);
    at("self_attn.q_proj", [queries, D]);
    at("self_attn.k_proj", [keys, D]);
    at("self_attn.v_proj", [keys, D]);
    at("self_attn.o_proj", [D, queries]);
    at("self_attn.q_norm", [Dh]);
    at("self_attn.k_norm", [Dh]);
    at("post_attention_layernorm", [D]);
    at("mlp.gate_proj", [F, D]);
    at("mlp.up_proj", [F, D]);
    at("mlp.down_proj", [D, F]);
  }
  shapes.set("model.norm.weight", [D]);
  if (!config.tieWordEmbeddings) shapes.set("lm_head.weight", [Vocab, D]);
  return shapes;
}
