import { join } from "node:path";
import { writeJson } from "../../src/artifact/jsonFile.ts";

/** GPT-2's printable stand-in for every byte: printable Latin-1 stays, the others follow from U+0100 on. */
export const byteSymbols: readonly string[] = (() => {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
})();

export type Merge = readonly [string, string];

const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };

/** Qwen's pre-tokenizer. */
const splitPattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** A byte-level BPE like Qwen's: 256 bytes, then one token a merge, then three special tokens and `<think>`. */
export function tinyTokenizerJson(merges: readonly Merge[]): {
  tokenizer: object;
  vocab: Map<string, number>;
  firstAdded: number;
} {
  const vocab = new Map(byteSymbols.map((symbol, byte) => [symbol, byte]));
  for (const [left, right] of merges) if (!vocab.has(left + right)) vocab.set(left + right, vocab.size);
  const firstAdded = vocab.size;
  const added = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"].map((content, i) => ({
    id: firstAdded + i,
    content,
    ...special,
  }));
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [...added, { id: firstAdded + 3, content: "<think>", ...special, special: false }],
    normalizer: { type: "NFC" },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: splitPattern }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(vocab),
      merges,
    },
  };
  return { tokenizer, vocab, firstAdded };
}

export const tinyTokenizerConfig = {
  tokenizer_class: "Qwen2Tokenizer",
  eos_token: "<|im_end|>",
  pad_token: "<|endoftext|>",
  model_max_length: 1024,
  chat_template:
    "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>' }}{%- endif %}{%- endif %}",
};

export async function writeTinyTokenizer(dir: string, tokenizer: object, config: object): Promise<void> {
  await writeJson(join(dir, "tokenizer.json"), tokenizer);
  await writeJson(join(dir, "tokenizer_config.json"), config);
}
