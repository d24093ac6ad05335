import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Tokenizer } from "@huggingface/tokenizers";
import { ConfigError } from "../../src/errors.ts";
import { preTokenize } from "../../src/miniature/tokenizer/preTokenizer.ts";
import { tokenizerConfigJson, tokenizerJson } from "../../src/miniature/tokenizer/tokenizerFiles.ts";
import { trainBytePairs } from "../../src/miniature/tokenizer/trainBytePairs.ts";
import { bytePairLaws } from "./bytePairs.statements.ts";

const texts = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(..." \n\ta1b9_.('T"), maxLength: 40 }),
);

describe("preTokenize", () => {
  it("loses nothing: join(pieces) = NFC(text)", () =>
    fc.assert(fc.property(texts, (text) => bytePairLaws.losesNothing(preTokenize, text))));

  // ELSE numbers are learned as words, and copying them from the prompt is not learned at all
  it("isolates digits: a piece with a digit is that digit", () =>
    fc.assert(fc.property(texts, (text) => bytePairLaws.isolatesDigits(preTokenize, text))));
});

describe("trainBytePairs", () => {
  it("joins the most frequent pair first, ties to the smaller: abab -> a b, ab ab", () =>
    bytePairLaws.joinsTheMostFrequent(trainBytePairs));

  it("counts a piece as often as it occurs", () => bytePairLaws.countsRepeats(trainBytePairs));

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
        texts.filter((text) => text !== ""),
        (text) => {
          const { ids } = tokenizer.encode(text, { add_special_tokens: false });
          expect(tokenizer.decode(ids, { clean_up_tokenization_spaces: false })).toBe(text.normalize("NFC"));
        },
      ),
    ));
});
