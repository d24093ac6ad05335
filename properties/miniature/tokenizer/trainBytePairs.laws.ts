import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Tokenizer } from "@huggingface/tokenizers";
import { ConfigError } from "../../../src/errors.ts";
import { tokenizerConfigJson, tokenizerJson } from "../../../src/miniature/tokenizer/tokenizerFiles.ts";
import { trainBytePairs } from "../../../src/miniature/tokenizer/trainBytePairs.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { anyText } from "./anyText.ts";

const byType: typeof trainBytePairs = (texts, n) =>
  trainBytePairs(new Set([...texts].flatMap((text) => text.split(/(?= )/))), n);
const tieToTheLarger: typeof trainBytePairs = (texts, n) =>
  trainBytePairs(
    [...texts].map((text) => text.replaceAll("c", "~")),
    n,
  ).map(([l, r]) => [l.replaceAll("~", "c"), r.replaceAll("~", "c")]);

lawsOf("trainBytePairs", trainBytePairs, (law) => {
  law("joins the most frequent pair first, ties to the smaller: abab -> a b, ab ab", {
    for: [],
    holds: (train) => {
      expect(train(["ab", "cd", "ab"], 1)).toEqual([["a", "b"]]);
      expect(train(["zz", "cd"], 1)).toEqual([["c", "d"]]);
      expect(train(["abab"], 2)).toEqual([
        ["a", "b"],
        ["ab", "ab"],
      ]);
    },
    rejects: { "ties that go to the larger pair": [tieToTheLarger] },
  });

  law("counts a piece as often as it occurs", {
    for: [],
    holds: (train) => expect(train(["xy", "ab", "xy"], 1)).toEqual([["x", "y"]]),
    rejects: { "counting types for tokens": [byType] },
  });
});

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
