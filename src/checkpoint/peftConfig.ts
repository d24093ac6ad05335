import { ConfigError, quoted } from "../errors.ts";
import { withinTime } from "./withinTime.ts";

type Json = Record<string, unknown>;

/** What an adapter_config.json says of each module. */
export interface PeftConfig {
  rankOf(moduleName: string): number;
  /** alpha / rank, or alpha / sqrt(rank) with rslora */
  scalingOf(moduleName: string): number;
  /** whether a module is adapted, or null where the config does not say */
  readonly targets: ((moduleName: string) => boolean) | null;
}

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
 * Read what peft's adapter_config.json says about a LoRA: which modules, and each one's rank and scaling.
 *
 *     scaling = alpha / rank,  or  alpha / sqrt(rank) with use_rslora
 *
 * rank_pattern and alpha_pattern give single modules another rank or alpha.
 *
 * @throws ConfigError  another peft type, a feature above (by name), or no whole rank
 * @see peft, tuners/lora/config.py and layer.py
 */
export function parsePeftConfig(json: unknown, where: string): PeftConfig {
  if (typeof json !== "object" || json === null)
    throw new ConfigError(`${where}: expected a JSON object, got ${quoted(json)}`);
  const config = json as Json;
  if (config["peft_type"] !== "LORA")
    throw new ConfigError(
      `${where}: expected peft_type "LORA", got ${quoted(config["peft_type"])}; no other adapter is implemented`,
    );
  for (const { key, feature, values } of neutral)
    if (key in config && config[key] !== null && !values.includes(config[key]))
      throw notImplemented(where, key, feature, config[key]);
  for (const { key, feature } of empty)
    if (!isEmpty(config[key])) throw notImplemented(where, key, feature, config[key]);
  const [rank, alpha] = [rankOf(config["r"], "r", where), alphaOf(config["lora_alpha"], "lora_alpha", where)];
  const ranks = patterns(config["rank_pattern"], "rank_pattern", where, rankOf);
  const alphas = patterns(config["alpha_pattern"], "alpha_pattern", where, alphaOf);
  const isRslora = config["use_rslora"] === true;
  return {
    rankOf: (moduleName) => ranks.find(({ matches }) => matches(moduleName))?.value ?? rank,
    scalingOf(moduleName) {
      const own = this.rankOf(moduleName);
      const ownAlpha = alphas.find(({ matches }) => matches(moduleName))?.value ?? alpha;
      return isRslora ? ownAlpha / Math.sqrt(own) : ownAlpha / own;
    },
    targets: targetsOf(config, where),
  };
}

/** @throws ConfigError  an alpha of 0 makes an adapter that changes nothing */
function alphaOf(value: unknown, key: string, where: string): number {
  if (typeof value === "number" && Number.isFinite(value) && value !== 0) return value;
  const why = value === 0 ? ": the adapter would change nothing" : "";
  throw new ConfigError(`${where}: expected ${key} to be a number other than 0, got ${quoted(value)}${why}`);
}

function rankOf(value: unknown, key: string, where: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw new ConfigError(`${where}: expected ${key} to be a whole number > 0, got ${quoted(value)}`);
}

interface Pattern {
  readonly matches: (moduleName: string) => boolean;
  readonly value: number;
}

/** peft's rule: a key matches a module whose name it is, or ends with it after a dot; keys are regular expressions. */
function patterns(
  raw: unknown,
  key: string,
  where: string,
  read: (value: unknown, key: string, where: string) => number,
): Pattern[] {
  if (raw === undefined || raw === null) return [];
  return Object.entries(raw).map(([text, value]) => ({
    matches: (moduleName) => expression(`(?:.*\\.)?(?:${text})`, key, where).test(moduleName),
    value: read(value, `${key}.${text}`, where),
  }));
}

/** A full match, as Python's re.fullmatch. */
function expression(text: string, key: string, where: string): Pick<RegExp, "test"> {
  try {
    const whole = new RegExp(`^(?:${text})$`);
    return { test: (name) => withinTime(1000, `${where}: ${key} ${quoted(text)}`, () => whole.test(name)) };
  } catch (cause) {
    throw new ConfigError(`${where}: expected ${key} to be a regular expression, got ${quoted(text)}`, cause);
  }
}

/** Whether the config asks for an adapter on a module; null where it does not say (target_modules absent). */
function targetsOf(config: Json, where: string): PeftConfig["targets"] {
  const wanted = moduleRule(config["target_modules"], "target_modules", where);
  if (wanted === null) return null;
  const excluded = moduleRule(config["exclude_modules"], "exclude_modules", where);
  const layers = config["layers_to_transform"];
  const only = layers === undefined || layers === null ? null : [layers].flat();
  return (moduleName) => {
    const layer = Number(/\.layers\.(\d+)\./.exec(moduleName)?.[1] ?? -1);
    return wanted(moduleName) && !(excluded?.(moduleName) ?? false) && (only === null || only.includes(layer));
  };
}

/** A list of names (each the module's own or its last parts), a regular expression for the whole name, or "all-linear". */
function moduleRule(raw: unknown, key: string, where: string): ((moduleName: string) => boolean) | null {
  if (raw === undefined || raw === null) return null;
  if (raw === "all-linear") return () => true;
  if (typeof raw === "string") {
    const rule = expression(raw, key, where);
    return (moduleName) => rule.test(moduleName);
  }
  const names = Array.isArray(raw) ? raw.filter((name) => typeof name === "string") : [];
  if (names.length === 0)
    throw new ConfigError(
      `${where}: expected ${key} to be a list of names or a regular expression, got ${quoted(raw)}`,
    );
  return (moduleName) => names.some((name) => moduleName === name || moduleName.endsWith(`.${name}`));
}

function notImplemented(where: string, key: string, feature: string, value: unknown): ConfigError {
  return new ConfigError(
    `${where}: expected a plain LoRA without ${feature} (${key}), got ${quoted(value)}; this feature is not implemented`,
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
