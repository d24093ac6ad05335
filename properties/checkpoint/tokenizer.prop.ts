import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadTokenizer } from "../../src/checkpoint/tokenizer.ts";
import { ConfigError } from "../../src/errors.ts";
import { tinyTokenizerConfig, tinyTokenizerJson } from "../support/tinyTokenizer.ts";
import { fixed, withTokenizer } from "./withTokenizer.ts";

describe("loadTokenizer", () => {
  it("cleans no space away: decode(encode(a , b . c)) = a , b . c", async () => {
    const { encode, decode } = await withTokenizer(
      tinyTokenizerJson(fixed).tokenizer,
      tinyTokenizerConfig,
      loadTokenizer,
    );
    expect(decode(encode("a , b . c"), true)).toBe("a , b . c");
  });

  it("knows added tokens: written in text they are one id; special ones are skipped on demand, <think> is not; unknown ids spell nothing", async () => {
    const { tokenizer, firstAdded } = tinyTokenizerJson(fixed);
    await withTokenizer(tokenizer, tinyTokenizerConfig, async (dir) => {
      const { encode, decode, eosTokenId, padTokenId, idLimit } = await loadTokenizer(dir);
      const ids = encode("<|im_start|>ab<think><|im_end|>");
      expect(ids).toEqual([firstAdded + 1, 256, firstAdded + 3, firstAdded + 2]);
      expect(decode(ids, false)).toBe("<|im_start|>ab<think><|im_end|>");
      expect(decode(ids, true)).toBe("ab<think>");
      expect(decode([idLimit, 97, idLimit + 5], false)).toBe("a");
      expect([eosTokenId, padTokenId, idLimit]).toEqual([firstAdded + 2, firstAdded, firstAdded + 4]);
      expect(encode("")).toEqual([]);
      expect(decode([], false)).toBe("");
    });
  });

  it("renders the template with and without thinking, from the config or from chat_template.jinja", async () => {
    const { tokenizer } = tinyTokenizerJson(fixed);
    const messages = [{ role: "user", content: " hi \n" }];
    await withTokenizer(tokenizer, tinyTokenizerConfig, async (dir) => {
      const { renderChat, hash } = await loadTokenizer(dir);
      expect(renderChat(messages, { addGenerationPrompt: true, enableThinking: false })).toBe(
        "<|im_start|>user\n hi \n<|im_end|>\n<|im_start|>assistant\n<think>",
      );
      expect(renderChat(messages, { addGenerationPrompt: true, enableThinking: null })).toBe(
        "<|im_start|>user\n hi \n<|im_end|>\n<|im_start|>assistant\n",
      );
      expect(renderChat(messages, { addGenerationPrompt: false, enableThinking: false })).toBe(
        "<|im_start|>user\n hi \n<|im_end|>\n",
      );
      await writeFile(join(dir, "chat_template.jinja"), "{{ messages | length }}");
      const other = await loadTokenizer(dir);
      expect(other.renderChat(messages, { addGenerationPrompt: true, enableThinking: null })).toBe("1");
      expect(other.hash, "another template is another tokenizer").not.toBe(hash);
    });
  });

  const spoilt: [string, object, RegExp][] = [
    ["no eos token", { eos_token: null }, /expected eos_token to name a token of tokenizer\.json, got null/],
    [
      "an unknown pad token",
      { pad_token: "<pad>" },
      /expected pad_token to name a token of tokenizer\.json, got "<pad>"/,
    ],
    [
      "a template with an unknown special token",
      { chat_template: "<|user|>" },
      /expected the special token <\|user\|>, which the chat template writes/,
    ],
    ["a template that does not parse", { chat_template: "{% if %}" }, /expected a Jinja chat template/],
  ];
  it.each(spoilt)("rejects %s -> ConfigError", (_, change, says) =>
    withTokenizer(tinyTokenizerJson(fixed).tokenizer, { ...tinyTokenizerConfig, ...change }, async (dir) => {
      await expect(loadTokenizer(dir)).rejects.toThrow(ConfigError);
      await expect(loadTokenizer(dir)).rejects.toThrow(says);
    }),
  );

  it("rejects missing files -> ArtifactError, foreign ones -> ConfigError, and a prompt without a template -> ConfigError", async () => {
    const { chat_template: _, ...bare } = tinyTokenizerConfig;
    await withTokenizer(tinyTokenizerJson(fixed).tokenizer, bare, async (dir) => {
      const { renderChat } = await loadTokenizer(dir);
      expect(() => renderChat([], { addGenerationPrompt: true, enableThinking: false })).toThrow(
        /expected a chat template .* got none/,
      );
      await writeFile(join(dir, "tokenizer.json"), "{}");
      await expect(loadTokenizer(dir)).rejects.toThrow(/expected a tokenizer\.json of the tokenizers library/);
      await expect(loadTokenizer(`${dir}/none`)).rejects.toThrow(/tokenizer\.json: expected a readable file/);
    });
  });
});
