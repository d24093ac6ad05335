import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { loadTokenizer } from "../../src/checkpoint/tokenizer.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";
import {
  byteSymbols,
  tinyTokenizerConfig,
  tinyTokenizerJson,
  writeTinyTokenizer,
  type Merge,
} from "../support/tinyTokenizer.ts";
import { tokenizerLaws } from "./tokenizer.statements.ts";

/** Merges over a few letters, so that texts of the same letters meet them, ties and overlaps included. */
const merges = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 }).map((picks) => {
  const known = [..."ab ' "].map((letter) => byteSymbols[letter.charCodeAt(0)]!);
  const found: Merge[] = [];
  for (const [i, j] of picks) {
    const merge = [known[i % known.length]!, known[j % known.length]!] as const;
    if (known.includes(merge.join(""))) continue;
    found.push(merge);
    known.push(merge.join(""));
  }
  return found;
});
const letters = fc.string({ unit: fc.constantFrom("a", "b", " ", "'", "\n", "1", "é", "e\u0301", "数") });
const anyText = fc
  .oneof(letters, fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }))
  .filter((text) => !/\p{Surrogate}/u.test(text) && !text.includes("<|") && !text.includes("<think>"));

const fixed: Merge[] = [
  ["a", "b"],
  ["b", "a"],
  ["a", "a"],
  ["ab", "ab"],
];

async function withTokenizer<T>(tokenizer: object, config: object, use: (dir: string) => Promise<T>): Promise<T> {
  return withTemporaryFile("tokenizer", async (dir) => {
    await writeTinyTokenizer(dir, tokenizer, config);
    return use(dir);
  });
}

describe("loadTokenizer", () => {
  // ELSE prompts are other tokens than those that the model was trained on
  it("agrees with naive BPE: encode = merge the lowest rank from the left until none is left", async () => {
    await fc.assert(
      fc.asyncProperty(merges, fc.array(letters, { minLength: 4, maxLength: 4 }), async (pairs, texts) => {
        const { tokenizer, vocab } = tinyTokenizerJson(pairs);
        await withTokenizer(tokenizer, tinyTokenizerConfig, async (dir) => {
          const { encode } = await loadTokenizer(dir);
          for (const text of texts) tokenizerLaws.agreesWithNaiveBpe(encode, text, pairs, vocab);
        });
      }),
    );
  });

  it("decodes what it encodes: decode(encode(x)) = NFC(x), whatever x; bytes that are no UTF-8 -> U+FFFD", async () => {
    const { tokenizer } = tinyTokenizerJson(fixed);
    await withTokenizer(tokenizer, tinyTokenizerConfig, async (dir) => {
      const { encode, decode } = await loadTokenizer(dir);
      fc.assert(fc.property(anyText, (text) => tokenizerLaws.decodesWhatItEncodes(encode, decode, text)));
      fc.assert(fc.property(fc.array(fc.nat(255)), (bytes) => tokenizerLaws.replacesInvalidUtf8(decode, bytes)));
      tokenizerLaws.replacesInvalidUtf8(decode, [0xef, 0xbb, 0xbf, 0x61]); // a byte order mark is text
      expect(decode(encode("a , b . c"), true), "no space is cleaned away").toBe("a , b . c");
    });
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
