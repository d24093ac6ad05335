/** Qwen's pre-tokenizer, as tokenizer.json carries it: every digit stands alone, a word takes its leading space. */
export const preTokenizerRegex =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

// Node 20's RegExp refuses the inline group (?i:...), so its letters are spelled out
const pattern = new RegExp(
  preTokenizerRegex.replace(
    /\(\?i:([^)]*)\)/,
    (_, inner: string) => `(?:${inner.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)})`,
  ),
  "gu",
);

/** The pieces that merges never cross; they concatenate to the text, NFC-normalized. */
export function preTokenize(text: string): string[] {
  return text.normalize("NFC").match(pattern) ?? [];
}
