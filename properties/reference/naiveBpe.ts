import { byteSymbols, type Merge } from "../support/tinyTokenizer.ts";

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
