import { byteSymbols } from "./byteSymbols.ts";
import { chatTemplate } from "./chatTemplate.ts";
import { preTokenizerRegex } from "./preTokenizer.ts";
import type { Merge } from "./trainBytePairs.ts";

/** Ids 635..639 of the 640: the last ones, as in Qwen's numbering. `<think>` is not special, so decoding keeps it. */
const addedTokens = [
  { content: "<|endoftext|>", special: true },
  { content: "<|im_start|>", special: true },
  { content: "<|im_end|>", special: true },
  { content: "<think>", special: false },
  { content: "</think>", special: false },
] as const;

/** Size of the student's vocabulary: 256 bytes, the merges, and the added tokens. */
export const vocabularySize = 640;

/** Merges that fill the vocabulary. */
export const mergeCount = vocabularySize - 256 - addedTokens.length;

const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false };

function addedToken({ content, special }: (typeof addedTokens)[number]) {
  return { content, single_word: false, lstrip: false, rstrip: false, normalized: false, special };
}

/** tokenizer.json in the form of the `tokenizers` library: byte-level BPE, NFC, Qwen's pre-tokenizer. */
export function tokenizerJson(merges: readonly Merge[]) {
  const tokens = [...[...byteSymbols].sort(), ...merges.map(([left, right]) => left + right)];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens.map((token, i) => ({ id: tokens.length + i, ...addedToken(token) })),
    normalizer: { type: "NFC" },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: preTokenizerRegex }, behavior: "Isolated", invert: false },
        byteLevel,
      ],
    },
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}

/** tokenizer_config.json: ends on `<|im_end|>`, pads with `<|endoftext|>`, carries the chat template. */
export function tokenizerConfigJson() {
  return {
    add_bos_token: false,
    add_prefix_space: false,
    added_tokens_decoder: Object.fromEntries(
      addedTokens.map((token, i) => [String(vocabularySize - addedTokens.length + i), addedToken(token)]),
    ),
    additional_special_tokens: ["<|im_start|>", "<|im_end|>"],
    bos_token: null,
    chat_template: chatTemplate,
    clean_up_tokenization_spaces: false,
    eos_token: "<|im_end|>",
    errors: "replace",
    model_max_length: 1024,
    pad_token: "<|endoftext|>",
    split_special_tokens: false,
    tokenizer_class: "Qwen2Tokenizer",
    unk_token: null,
  };
}
