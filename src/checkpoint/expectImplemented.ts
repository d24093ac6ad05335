import { ConfigError, quoted } from "../errors.ts";

type Json = Record<string, unknown>;

/** Each feature of transformers' config that this program does not compute: its name, and whether a config asks for it. */
const notImplemented: readonly { feature: string; asked: (config: Json) => unknown }[] = [
  { feature: "mixture of experts (num_experts)", asked: (c) => Number(c["num_experts"] ?? 0) > 0 && c["num_experts"] },
  { feature: "sliding window attention (use_sliding_window)", asked: (c) => c["use_sliding_window"] },
  {
    feature: "sliding window attention (layer_types)",
    asked: (c) => layerTypes(c).find((type) => type !== "full_attention"),
  },
  { feature: "rope scaling (rope_scaling)", asked: (c) => ropeType(c["rope_scaling"]) },
  { feature: "rope scaling (rope_parameters)", asked: (c) => ropeType(c["rope_parameters"]) },
  {
    feature: "partial rotary embedding (partial_rotary_factor)",
    asked: (c) => (c["partial_rotary_factor"] ?? 1) !== 1 && c["partial_rotary_factor"],
  },
  { feature: "attention bias (attention_bias)", asked: (c) => c["attention_bias"] },
  { feature: "mlp bias (mlp_bias)", asked: (c) => c["mlp_bias"] },
  { feature: "quantized weights (quantization_config)", asked: (c) => c["quantization_config"] },
  { feature: "quantized weights (quantization, as MLX writes it)", asked: (c) => c["quantization"] },
];

/**
 * Refuse, by name, what a config.json asks for and this program does not compute.
 *
 * @throws ConfigError  model_type is not "qwen3", hidden_act is not "silu", or a feature above is asked for
 */
export function expectImplemented(config: Json, where: string): void {
  for (const { feature, asked } of notImplemented) {
    const value = asked(config);
    if (value)
      throw new ConfigError(
        `${where}: expected a dense Qwen3 model without ${feature}, got ${quoted(value)}; this feature is not implemented`,
      );
  }
  if (config["model_type"] !== "qwen3")
    throw new ConfigError(
      `${where}: expected model_type "qwen3" (dense), got ${quoted(config["model_type"])}; no other architecture is implemented`,
    );
  const hiddenAct = config["hidden_act"] ?? "silu";
  if (hiddenAct !== "silu")
    throw new ConfigError(
      `${where}: expected hidden_act "silu", got ${quoted(hiddenAct)}; no other activation is implemented`,
    );
}

function layerTypes(config: Json): unknown[] {
  return Array.isArray(config["layer_types"]) ? config["layer_types"] : [];
}

/** The kind of rope scaling that is asked for; false when positions are plain. */
function ropeType(raw: unknown): unknown {
  if (raw === null || raw === undefined) return false;
  if (typeof raw !== "object") return raw;
  const rope = raw as Json;
  if ((rope["partial_rotary_factor"] ?? 1) !== 1) return rope;
  const type = rope["rope_type"] ?? rope["type"] ?? "default";
  return type !== "default" && type;
}
