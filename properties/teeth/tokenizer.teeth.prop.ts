import { describe, it } from "vitest";
import { naiveBpe, tokenizerLaws } from "../checkpoint/tokenizer.statements.ts";
import { rejects } from "../support/rejects.ts";
import { tinyTokenizerJson, type Merge } from "../support/tinyTokenizer.ts";

const merges: Merge[] = [
  ["a", "b"],
  ["b", "a"],
  ["a", "a"],
  ["ab", "ab"],
];
const { vocab } = tinyTokenizerJson(merges);
const idsOf = (symbols: readonly string[]) => symbols.map((symbol) => vocab.get(symbol)!);
const encode = (text: string) => idsOf(naiveBpe(text, merges));
const agrees = (mutant: (text: string) => number[], text: string) =>
  rejects(() => tokenizerLaws.agreesWithNaiveBpe(mutant, text, merges, vocab));
const bytesOf = (ids: ArrayLike<number>) => Buffer.from(Array.from(ids));

describe("teeth: loadTokenizer", () => {
  it("naive BPE rejects: merges in another order, the longest token first, no merges, no NFC, words not split", async () => {
    await agrees((text) => idsOf(naiveBpe(text, merges.toReversed())), "aba");
    await agrees((text) => text.match(/abab|ab|ba|aa|a|b/g)!.map((symbol) => vocab.get(symbol)!), "bab");
    await agrees((text) => [...new TextEncoder().encode(text)], "ab");
    await agrees((text) => [...new TextEncoder().encode(text)], "e\u0301");
    const digit = tinyTokenizerJson([["b", "1"]]).vocab;
    await rejects(() => tokenizerLaws.agreesWithNaiveBpe(() => [digit.get("b1")!], "b1", [["b", "1"]], digit));
  });

  it("decoding rejects: NFD for NFC, spaces cleaned away, Latin-1 for UTF-8, bytes dropped, one replacement for all", async () => {
    await rejects(() => tokenizerLaws.decodesWhatItEncodes(encode, () => "e\u0301", "é"));
    await rejects(() =>
      tokenizerLaws.decodesWhatItEncodes(
        (text) => [...Buffer.from(text)],
        (ids) => bytesOf(ids).toString().replace(" ,", ","),
        "a , b",
      ),
    );
    await rejects(() => tokenizerLaws.replacesInvalidUtf8((ids) => bytesOf(ids).toString("latin1"), [0xc3, 0xa9]));
    await rejects(() =>
      tokenizerLaws.replacesInvalidUtf8((ids) => bytesOf(ids).toString().replaceAll("\ufffd", ""), [0x61, 0xff]),
    );
    await rejects(() =>
      tokenizerLaws.replacesInvalidUtf8(
        (ids) =>
          bytesOf(ids)
            .toString()
            .replaceAll(/\ufffd+/g, "\ufffd"),
        [0xff, 0xff],
      ),
    );
    await rejects(() =>
      tokenizerLaws.replacesInvalidUtf8((ids) => new TextDecoder().decode(bytesOf(ids)), [0xef, 0xbb, 0xbf, 0x61]),
    );
  });
});
