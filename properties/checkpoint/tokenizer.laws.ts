import fc from "fast-check";
import { expect } from "vitest";
import { loadTokenizer, type ChatTokenizer } from "../../src/checkpoint/tokenizer.ts";
import { naiveBpe } from "../reference/naiveBpe.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { byteSymbols, tinyTokenizerConfig, tinyTokenizerJson, type Merge } from "../support/tinyTokenizer.ts";
import { fixed, withTokenizer } from "./withTokenizer.ts";

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

type Encode = ChatTokenizer["encode"];
type Decode = ChatTokenizer["decode"];

const { tokenizer: fixedTokenizer, vocab: fixedVocab } = tinyTokenizerJson(fixed);
const fixedEncode: Encode = (text) => naiveBpe(text, fixed).map((symbol) => fixedVocab.get(symbol)!);
const utf8: Encode = (text) => [...new TextEncoder().encode(text)];
const bytesOf = (ids: ArrayLike<number>) => Buffer.from(Array.from(ids));
/** A tokenizer that encodes so, whatever its files say. */
const encoding = (encode: Encode) => async () => ({ encode });

/** Opens the tokenizer of a folder. */
type Load = (dir: string) => Promise<Pick<ChatTokenizer, "encode">>;

lawsOf<Load>("loadTokenizer", loadTokenizer, (law) => {
  law("agrees with naive BPE: encode = merge the lowest rank from the left until none is left", {
    else: "prompts are other tokens than those that the model was trained on",
    for: [merges, fc.array(letters, { minLength: 4, maxLength: 4 })],
    holds: async (load, pairs, texts) => {
      const { tokenizer, vocab } = tinyTokenizerJson(pairs);
      await withTokenizer(tokenizer, tinyTokenizerConfig, async (dir) => {
        const { encode } = await load(dir);
        for (const text of texts)
          expect(encode(text)).toEqual(naiveBpe(text, pairs).map((symbol) => vocab.get(symbol)));
      });
    },
    rejects: {
      "merges in another order": [
        encoding((text) => naiveBpe(text, fixed.toReversed()).map((symbol) => fixedVocab.get(symbol)!)),
        fixed,
        ["aba"],
      ],
      "the longest token first": [
        encoding((text) => text.match(/abab|ab|ba|aa|a|b/g)!.map((symbol) => fixedVocab.get(symbol)!)),
        fixed,
        ["bab"],
      ],
      "no merges": [encoding(utf8), fixed, ["ab"]],
      "no NFC": [encoding(utf8), fixed, ["e\u0301"]],
      "words not split": [encoding(() => [tinyTokenizerJson([["b", "1"]]).vocab.get("b1")!]), [["b", "1"]], ["b1"]],
    },
  });
});

/** The tokenizer of fixed merges, opened once. */
let opened: Promise<ChatTokenizer> | null = null;
const openFixed = () => (opened ??= withTokenizer(fixedTokenizer, tinyTokenizerConfig, loadTokenizer));
const coding = (encode: Encode, decode: Decode) => async () => ({ encode, decode });
const decoding = (decode: (bytes: Buffer) => string) => coding(fixedEncode, (ids) => decode(bytesOf(ids)));

lawsOf<() => Promise<Pick<ChatTokenizer, "encode" | "decode">>>("ChatTokenizer", openFixed, (law) => {
  law("inverts encoding: decode(encode(x)) = NFC(x), whatever x", {
    for: [anyText],
    holds: async (open, text) => {
      const { encode, decode } = await open();
      expect(decode(encode(text), false)).toBe(text.normalize("NFC"));
    },
    rejects: {
      "NFD for NFC": [coding(fixedEncode, () => "e\u0301"), "é"],
      "spaces cleaned away": [
        coding(
          (text) => [...Buffer.from(text)],
          (ids) => String(bytesOf(ids)).replace(" ,", ","),
        ),
        "a , b",
      ],
    },
  });

  law("writes U+FFFD for bytes that are no UTF-8, as Node does; ids 0..255 are the bytes", {
    for: [fc.array(fc.nat(255))],
    holds: async (open, bytes) => expect((await open()).decode(bytes, false)).toBe(Buffer.from(bytes).toString("utf8")),
    rejects: {
      "Latin-1 for UTF-8": [decoding((bytes) => bytes.toString("latin1")), [0xc3, 0xa9]],
      "bytes dropped": [decoding((bytes) => bytes.toString().replaceAll("\ufffd", "")), [0x61, 0xff]],
      "one replacement for all": [decoding((bytes) => bytes.toString().replaceAll(/\ufffd+/g, "\ufffd")), [0xff, 0xff]],
      "a byte order mark dropped": [decoding((bytes) => new TextDecoder().decode(bytes)), [0xef, 0xbb, 0xbf, 0x61]],
    },
    examples: [[[0xef, 0xbb, 0xbf, 0x61]]],
  });
});
