import { ConfigError } from "../errors.ts";

type Json = Record<string, unknown>;

/** Keys of adapter_config.json that change the computation, with the values under which ours is the same. */
const neutral: readonly { key: string; feature: string; values: readonly unknown[] }[] = [
  { key: "use_dora", feature: "DoRA", values: [false] },
  { key: "bias", feature: "trained biases", values: ["none"] },
  { key: "lora_bias", feature: "biases in the low-rank factors", values: [false] },
  { key: "fan_in_fan_out", feature: "transposed weights", values: [false] },
  { key: "use_qalora", feature: "QA-LoRA", values: [false] },
  { key: "use_bdlora", feature: "block-diagonal LoRA", values: [false] },
  {
    key: "init_lora_weights",
    feature: "an initialisation that changes the base weights",
    values: [true, false, "gaussian", "eva", "orthogonal"],
  },
];

/** Keys that ask for something when they hold anything at all. */
const empty: readonly { key: string; feature: string }[] = [
  { key: "modules_to_save", feature: "fully trained modules" },
  { key: "rank_pattern", feature: "ranks by module" },
  { key: "alpha_pattern", feature: "alphas by module" },
  { key: "layer_replication", feature: "replicated layers" },
  { key: "target_parameters", feature: "adapted parameters that are not modules" },
  { key: "trainable_token_indices", feature: "trained embeddings" },
  { key: "alora_invocation_tokens", feature: "activated LoRA" },
  { key: "arrow_config", feature: "Arrow routing" },
  { key: "velora_config", feature: "VeLoRA" },
  { key: "monteclora_config", feature: "MonteCLoRA" },
  { key: "kasa_config", feature: "KaSA" },
];

/**
 * Read what peft's adapter_config.json says about a LoRA.
 *
 *     scaling = lora_alpha / r,  or  lora_alpha / sqrt(r) with use_rslora
 *
 * @throws ConfigError  another peft type, a feature above (by name), or no whole rank
 * @see peft, tuners/lora/config.py and layer.py
 */
export function parsePeftConfig(json: unknown, where: string): { rank: number; scaling: number } {
  if (typeof json !== "object" || json === null)
    throw new ConfigError(`${where}: expected a JSON object, got ${JSON.stringify(json)}`);
  const config = json as Json;
  if (config["peft_type"] !== "LORA")
    throw new ConfigError(
      `${where}: expected peft_type "LORA", got ${JSON.stringify(config["peft_type"])}; no other adapter is implemented`,
    );
  for (const { key, feature, values } of neutral)
    if (key in config && config[key] !== null && !values.includes(config[key]))
      throw notImplemented(where, key, feature, config[key]);
  for (const { key, feature } of empty)
    if (!isEmpty(config[key])) throw notImplemented(where, key, feature, config[key]);
  const { r, lora_alpha: alpha } = config;
  if (typeof r !== "number" || !Number.isSafeInteger(r) || r < 1)
    throw new ConfigError(`${where}: expected r to be a whole number > 0, got ${JSON.stringify(r)}`);
  if (typeof alpha !== "number" || !Number.isFinite(alpha))
    throw new ConfigError(`${where}: expected lora_alpha to be a number, got ${JSON.stringify(alpha)}`);
  return { rank: r, scaling: config["use_rslora"] === true ? alpha / Math.sqrt(r) : alpha / r };
}

function notImplemented(where: string, key: string, feature: string, value: unknown): ConfigError {
  return new ConfigError(
    `${where}: expected a plain LoRA without ${feature} (${key}), got ${JSON.stringify(value)}; this feature is not implemented`,
  );
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === false ||
    (typeof value === "object" && Object.keys(value).length === 0)
  );
}
