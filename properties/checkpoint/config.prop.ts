import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { parseQwen3Config } from "../../src/checkpoint/config.ts";
import { tinyConfig } from "../support/tinyCheckpoint.ts";

const parse = (config: object, generation: object | null = null) =>
  parseQwen3Config(config, generation, "dir/config.json");
const with4 = (change: object) => ({ ...tinyConfig, ...change });

/** What a config may ask for that is not computed, and the words that refuse it. */
const refused: [string, object, RegExp][] = [
  [
    "sliding window in use",
    { use_sliding_window: true, sliding_window: 4096 },
    /sliding window attention \(use_sliding_window\)/,
  ],
  [
    "sliding layers",
    { layer_types: ["full_attention", "sliding_attention"] },
    /sliding window attention \(layer_types\), got "sliding_attention"/,
  ],
  ["rope scaling", { rope_scaling: { rope_type: "yarn", factor: 4 } }, /rope scaling \(rope_scaling\), got "yarn"/],
  [
    "rope scaling in the old spelling",
    { rope_scaling: { type: "linear", factor: 2 } },
    /rope scaling \(rope_scaling\), got "linear"/,
  ],
  [
    "rope scaling in transformers 5",
    { rope_parameters: { rope_type: "yarn", rope_theta: 10000 } },
    /rope scaling \(rope_parameters\), got "yarn"/,
  ],
  ["a partial rotary embedding", { partial_rotary_factor: 0.5 }, /partial rotary embedding/],
  ["attention bias", { attention_bias: true }, /attention bias \(attention_bias\)/],
  ["mixture of experts", { model_type: "qwen3_moe", num_experts: 128 }, /mixture of experts \(num_experts\), got 128/],
  ["quantized weights", { quantization_config: { bits: 4 } }, /quantized weights \(quantization_config\)/],
  ["another architecture", { model_type: "llama" }, /model_type "qwen3" \(dense\), got "llama"/],
  ["no architecture", { model_type: undefined }, /model_type "qwen3" \(dense\), got undefined/],
  ["another activation", { hidden_act: "gelu" }, /hidden_act "silu", got "gelu"/],
];

describe("parseQwen3Config", () => {
  it("reads both spellings to one: rope_theta of transformers 4 = rope_parameters of transformers 5", () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e7, noNaN: true }), (theta) => {
        const { rope_theta: _, rope_scaling: __, ...five } = tinyConfig;
        const config = parse(with4({ rope_theta: theta }));
        expect(config.ropeTheta).toBe(theta);
        expect(parse({ ...five, rope_parameters: { rope_theta: theta, rope_type: "default" } })).toEqual(config);
      }),
    );
  });

  it("takes transformers' defaults for keys left out: head_dim 128, eps 1e-6, untied", () => {
    const { head_dim: _, rms_norm_eps: __, tie_word_embeddings: ___, ...rest } = tinyConfig;
    expect(parse(rest)).toMatchObject({ headDim: 128, rmsNormEps: 1e-6, tieWordEmbeddings: false });
  });

  it("stops where generate stops: generation_config's ids before config's, one id or several", () => {
    expect(parse(tinyConfig).eosTokenIds).toEqual([3, 5]);
    expect(parse(tinyConfig, { eos_token_id: 7, pad_token_id: 1 })).toMatchObject({ eosTokenIds: [7], padTokenId: 1 });
    expect(parse(with4({ eos_token_id: null }))).toMatchObject({ eosTokenIds: [], padTokenId: null });
  });

  // ELSE the forward pass is that of another model, without a word
  it.each(refused)("rejects %s by name -> ConfigError", (_, change, says) => {
    expect(() => parse(with4(change))).toThrow(ConfigError);
    expect(() => parse(with4(change))).toThrow(says);
    expect(() => parse(with4(change))).toThrow(
      /dir\/config\.json: expected .* got .* not implemented|no other \w+ is implemented/,
    );
  });

  it("accepts a window that is not in use, full layers and default rope", () => {
    expect(
      parse(with4({ sliding_window: 4096, layer_types: ["full_attention"], rope_scaling: { rope_type: "default" } })),
    ).toEqual(parse(tinyConfig));
  });

  it.each([
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "vocab_size",
  ])("rejects %s that is missing, fractional or not positive -> ConfigError naming it", (key) => {
    for (const bad of [undefined, 0, -1, 1.5, "4", null, 2 ** 31])
      expect(() => parse(with4({ [key]: bad }))).toThrow(new RegExp(`expected ${key} to be a whole number of 1 to`));
  });

  it("rejects numbers that do not fit together: heads, odd head_dim, ids past the vocabulary, two thetas -> ConfigError", () => {
    expect(() => parse(with4({ num_attention_heads: 3, num_key_value_heads: 2 }))).toThrow(
      /to divide num_attention_heads 3, got 2/,
    );
    expect(() => parse(with4({ head_dim: 3 }))).toThrow(/even head_dim/);
    expect(() => parse(with4({ eos_token_id: 10 }))).toThrow(/below vocab_size 10, got 10/);
    expect(() => parse(with4({ rope_parameters: { rope_theta: 5 } }))).toThrow(/one rope_theta, got 10000 and 5/);
    expect(() => parse(with4({ eos_token_id: "stop" }))).toThrow(/token id or a list of them/);
    expect(() => parse([])).toThrow(/expected a JSON object/);
  });
});
