import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/errors.ts";
import { tokenizerConfigJson, tokenizerJson } from "../../../src/miniature/tokenizer/tokenizerFiles.ts";
import { trainBytePairs } from "../../../src/miniature/tokenizer/trainBytePairs.ts";
import { anyText } from "./anyText.ts";

describe("trainBytePairs", () => {
  it("rejects a corpus that runs out of pairs: 'ab' for 2 merges -> ConfigError", () => {
    expect(() => trainBytePairs(["ab"], 2)).toThrow(ConfigError);
  });
});

describe("tokenizerJson", () => {
  const merges = trainBytePairs(["class Solution:\n    def run_tests(self):\n        return 0\n"], 20);
  const tokenizer = new Tokenizer(tokenizerJson(merges), tokenizerConfigJson());

  it("round-trips any text: decode(encode(text)) = NFC(text)", () =>
    fc.assert(
      fc.property(
        anyText.filter((text) => text !== ""),
        (text) => {
          const { ids } = tokenizer.encode(text, { add_special_tokens: false });
          expect(tokenizer.decode(ids, { clean_up_tokenization_spaces: false })).toBe(text.normalize("NFC"));
        },
      ),
    ));
});
