import { parseQwen3Config, type Qwen3Config } from "../checkpoint/config.ts";
import { vocabularySize } from "./tokenizer/tokenizerFiles.ts";

/** The student's config.json: 394,032 parameters, 21 wrapped Linears, 1,728 singular directions. */
export const studentConfigJson = {
  architectures: ["Qwen3ForCausalLM"],
  attention_bias: false,
  attention_dropout: 0,
  bos_token_id: null,
  eos_token_id: vocabularySize - 3,
  head_dim: 24,
  hidden_act: "silu",
  hidden_size: 96,
  initializer_range: 0.02,
  intermediate_size: 288,
  max_position_embeddings: 1024,
  max_window_layers: 3,
  model_type: "qwen3",
  num_attention_heads: 4,
  num_hidden_layers: 3,
  num_key_value_heads: 2,
  pad_token_id: vocabularySize - 5,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 10000,
  sliding_window: null,
  tie_word_embeddings: true,
  torch_dtype: "float32",
  use_cache: true,
  use_sliding_window: false,
  vocab_size: vocabularySize,
};

export const generationConfigJson = {
  do_sample: true,
  eos_token_id: [vocabularySize - 3, vocabularySize - 5],
  pad_token_id: vocabularySize - 5,
};

export function studentConfig(): Qwen3Config {
  return parseQwen3Config(studentConfigJson, generationConfigJson, "miniature");
}
