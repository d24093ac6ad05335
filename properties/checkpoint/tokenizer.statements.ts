import { expect } from "vitest";
import type { ChatTokenizer } from "../../src/checkpoint/tokenizer.ts";
import { byteSymbols, type Merge } from "../support/tinyTokenizer.ts";

type Encode = ChatTokenizer["encode"];
type Decode = ChatTokenizer["decode"];

/** Qwen's split with what Node 20's RegExp lacks spelled out: the inline case-insensitive group. */
const words =
  /'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** BPE as its paper has it: merge the pair of lowest rank, everywhere from the left, until no pair is left. */
export function naiveBpe(text: string, merges: readonly Merge[]): string[] {
  return (text.normalize("NFC").match(words) ?? []).flatMap((word) => {
    let symbols = [...new TextEncoder().encode(word)].map((byte) => byteSymbols[byte]!);
    for (;;) {
      const rank = merges.findIndex(([left, right]) =>
        symbols.some((symbol, i) => symbol === left && symbols[i + 1] === right),
      );
      if (rank < 0) return symbols;
      symbols = mergedOnce(symbols, merges[rank]!);
    }
  });
}

function mergedOnce(symbols: readonly string[], [left, right]: Merge): string[] {
  const merged: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const pair = symbols[i] === left && symbols[i + 1] === right;
    merged.push(pair ? left + right : symbols[i]!);
    if (pair) i += 1;
  }
  return merged;
}

/** Laws of a byte-level tokenizer, for the real one and for its mutants. */
export const tokenizerLaws = {
  agreesWithNaiveBpe(encode: Encode, text: string, merges: readonly Merge[], vocab: ReadonlyMap<string, number>): void {
    expect(encode(text)).toEqual(naiveBpe(text, merges).map((symbol) => vocab.get(symbol)));
  },

  decodesWhatItEncodes(encode: Encode, decode: Decode, text: string): void {
    expect(decode(encode(text), false)).toBe(text.normalize("NFC"));
  },

  /** Ids 0..255 are the bytes themselves; Node's own decoder says what they spell. */
  replacesInvalidUtf8(decode: Decode, bytes: readonly number[]): void {
    expect(decode(bytes, false)).toBe(Buffer.from(bytes).toString("utf8"));
  },
};
