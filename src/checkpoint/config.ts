import { ConfigError, quoted } from "../errors.ts";
import { expectImplemented } from "./expectImplemented.ts";

/** What a Qwen3 dense checkpoint's config.json and generation_config.json say, as far as it is computed with. */
export interface Qwen3Config {
  readonly hiddenSize: number; // D
  readonly intermediateSize: number; // F
  readonly numHiddenLayers: number; // L
  readonly numAttentionHeads: number; // H
  readonly numKeyValueHeads: number; // Hkv, divides H
  readonly headDim: number; // Dh, even; independent of D
  readonly vocabSize: number; // Vocab
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  readonly tieWordEmbeddings: boolean;
  readonly maxPositionEmbeddings: number;
  readonly eosTokenIds: number[];
  readonly padTokenId: number | null;
}

/**
 * Read a Qwen3 configuration in the spelling of transformers 4 (`rope_theta`) or 5 (`rope_parameters`).
 *
 * Keys that transformers may leave out take its defaults. Stop and pad ids come from generation_config.json where it
 * has them, as in `generate`.
 *
 * @param where  the file, for messages
 * @throws ConfigError  another architecture, a feature that is not implemented (by name), or numbers that do not fit together
 * @see transformers, models/qwen3/configuration_qwen3.py
 */
export function parseQwen3Config(configJson: unknown, generationConfigJson: unknown, where: string): Qwen3Config {
  const config = record(configJson, where);
  const generation =
    generationConfigJson === null ? {} : record(generationConfigJson, `${where} (generation_config.json)`);
  expectImplemented(config, where);
  const parsed: Qwen3Config = {
    hiddenSize: size(config, "hidden_size", where),
    intermediateSize: size(config, "intermediate_size", where),
    numHiddenLayers: size(config, "num_hidden_layers", where, 1000),
    numAttentionHeads: size(config, "num_attention_heads", where),
    numKeyValueHeads: size(config, "num_key_value_heads", where),
    headDim: size({ head_dim: 128, ...withoutNulls(config) }, "head_dim", where),
    vocabSize: size(config, "vocab_size", where),
    rmsNormEps: positive({ rms_norm_eps: 1e-6, ...config }, "rms_norm_eps", where),
    ropeTheta: ropeTheta(config, where),
    tieWordEmbeddings: flag({ tie_word_embeddings: false, ...config }, "tie_word_embeddings", where),
    maxPositionEmbeddings: size({ max_position_embeddings: 32768, ...config }, "max_position_embeddings", where),
    eosTokenIds: tokenIds(generation["eos_token_id"] ?? config["eos_token_id"] ?? [], "eos_token_id", where),
    padTokenId: tokenIds(generation["pad_token_id"] ?? config["pad_token_id"] ?? [], "pad_token_id", where)[0] ?? null,
  };
  expectConsistent(parsed, where);
  return parsed;
}

function expectConsistent(config: Qwen3Config, where: string): void {
  const { numAttentionHeads, numKeyValueHeads, headDim, vocabSize } = config;
  if (numAttentionHeads % numKeyValueHeads !== 0)
    throw new ConfigError(
      `${where}: expected num_key_value_heads to divide num_attention_heads ${numAttentionHeads}, got ${numKeyValueHeads}`,
    );
  if (headDim % 2 !== 0) throw new ConfigError(`${where}: expected an even head_dim (rotary pairs), got ${headDim}`);
  for (const id of [...config.eosTokenIds, ...(config.padTokenId === null ? [] : [config.padTokenId])])
    if (id >= vocabSize)
      throw new ConfigError(`${where}: expected eos and pad ids below vocab_size ${vocabSize}, got ${id}`);
}

function ropeTheta(config: Record<string, unknown>, where: string): number {
  const nested = config["rope_parameters"] ?? config["rope_scaling"] ?? {};
  const found = [config["rope_theta"], record(nested, `${where}: rope_parameters`)["rope_theta"]].filter(
    (value) => value !== undefined && value !== null,
  );
  if (found.length === 0)
    throw new ConfigError(
      `${where}: expected rope_theta, at the top or in rope_parameters, got neither; Qwen3's published checkpoints have 1000000`,
    );
  if (found.length === 2 && found[0] !== found[1])
    throw new ConfigError(
      `${where}: expected one rope_theta, got ${String(found[0])} and ${String(found[1])} in rope_parameters`,
    );
  return positive({ rope_theta: found[0] }, "rope_theta", where);
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ConfigError(`${where}: expected a JSON object, got ${quoted(value)}`);
}

function withoutNulls(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}

/** Sizes are believed before the tensors are seen: larger ones than any model's are refused here. */
function size(config: Record<string, unknown>, key: string, where: string, most = 2 ** 31 - 1): number {
  const value = config[key];
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0 && value <= most) return value;
  throw new ConfigError(`${where}: expected ${key} to be a whole number of 1 to ${most}, got ${quoted(value)}`);
}

function positive(config: Record<string, unknown>, key: string, where: string): number {
  const value = config[key];
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
  throw new ConfigError(`${where}: expected ${key} to be a number > 0, got ${quoted(value)}`);
}

function flag(config: Record<string, unknown>, key: string, where: string): boolean {
  const value = config[key];
  if (typeof value === "boolean") return value;
  throw new ConfigError(`${where}: expected ${key} to be true or false, got ${quoted(value)}`);
}

function tokenIds(value: unknown, key: string, where: string): number[] {
  const ids: unknown[] = Array.isArray(value) ? value : [value];
  if (ids.every((id): id is number => typeof id === "number" && Number.isSafeInteger(id) && id >= 0)) return ids;
  throw new ConfigError(`${where}: expected ${key} to be a token id or a list of them, got ${quoted(value)}`);
}
