import { join } from "node:path";
import { writeJson } from "../../src/artifact/jsonFile.ts";
import { writeSafetensors } from "../../src/artifact/safetensors.ts";
import { parseQwen3Config } from "../../src/checkpoint/config.ts";
import { tensorShapes } from "../../src/checkpoint/tensorShapes.ts";

/** The config.json of a Qwen3 model of one layer, as transformers 4 writes it. */
export const tinyConfig = {
  model_type: "qwen3",
  hidden_size: 4,
  intermediate_size: 6,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 2,
  vocab_size: 10,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  rope_scaling: null,
  tie_word_embeddings: true,
  max_position_embeddings: 64,
  hidden_act: "silu",
  attention_bias: false,
  use_sliding_window: false,
  sliding_window: null,
  eos_token_id: [3, 5],
} as const;

type TinyTensors = Map<string, { shape: number[]; data: Float32Array }>;

/** Every tensor that a config implies, filled with consecutive numbers. */
export function tinyTensors(config: object): TinyTensors {
  let next = 0;
  return new Map(
    [...tensorShapes(parseQwen3Config(config, null, "tiny"))].map(([name, shape]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, data: Float32Array.from({ length: count }, () => next++) }];
    }),
  );
}

export async function writeTinyCheckpoint(dir: string, config: object, tensors: TinyTensors): Promise<void> {
  await writeJson(join(dir, "config.json"), config);
  await writeSafetensors(join(dir, "model.safetensors"), tensors, { format: "pt" });
}
