import { Tokenizer } from "@huggingface/tokenizers";
import { ConfigError, quoted } from "../errors.ts";
import { chatRenderer, type ChatRenderer } from "./chat.ts";
import { readTokenizerFiles, type TokenizerFiles } from "./tokenizerFiles.ts";
import { timeFor, withinTime } from "./withinTime.ts";

/** Text to token ids and back, and messages to a prompt. */
export interface ChatTokenizer {
  /** The ids of a text; added tokens written in it (`<|im_end|>`) become their ids, none is added. */
  encode(text: string): number[];
  /** The text of ids; bytes that are not UTF-8 become U+FFFD, ids that the vocabulary does not hold nothing. */
  decode(ids: ArrayLike<number>, skipSpecial: boolean): string;
  readonly renderChat: ChatRenderer;
  readonly eosTokenId: number;
  readonly padTokenId: number;
  /** null where the tokenizer has no token that begins a text */
  readonly bosTokenId: number | null;
  /** One more than the largest id: at most the model's vocab_size. */
  readonly idLimit: number;
  readonly hash: string;
}

/**
 * Load the tokenizer of a Hugging Face directory.
 *
 * The library's own decode differs from Python's in two ways, corrected here: it "cleans up" spaces before punctuation
 * unless told not to, and it refuses an empty list.
 *
 * @throws ConfigError    no eos or pad token, a special token of the chat template is unknown, or the files are refused
 * @throws ArtifactError  a file is missing
 */
export async function loadTokenizer(dir: string): Promise<ChatTokenizer> {
  const files = await readTokenizerFiles(dir);
  const tokenizer = build(files);
  expectTemplateTokens(tokenizer, files);
  const ids = [...tokenizer.get_vocab().values()];
  return {
    encode: (text) =>
      guarded(files.where, text.length, () => tokenizer.encode(text, { add_special_tokens: false }).ids),
    decode: (ids, skipSpecial) =>
      ids.length === 0
        ? ""
        : guarded(files.where, ids.length, () =>
            tokenizer.decode(Array.from(ids), {
              skip_special_tokens: skipSpecial,
              clean_up_tokenization_spaces: false,
            }),
          ),
    renderChat: chatRenderer(files.chatTemplate, files.specialTokens, files.where),
    eosTokenId: specialId(tokenizer, files, "eos_token"),
    padTokenId: specialId(tokenizer, files, "pad_token"),
    bosTokenId: tokenizer.token_to_id(files.specialTokens["bos_token"] ?? "") ?? null,
    idLimit: ids.reduce((largest, id) => Math.max(largest, id), -1) + 1,
    hash: files.hash,
  };
}

/** The library makes a table as long as its largest id before it looks at anything. */
const largestId = 10_000_000;

function build(files: TokenizerFiles): Tokenizer {
  expectSmallIds(files);
  return guarded(files.where, 1_000_000, () => new Tokenizer(files.tokenizerJson, files.configJson));
}

/** The library takes its file's word for everything: it fails where that is wrong, or runs for ever on its expressions. */
function guarded<T>(where: string, characters: number, work: () => T): T {
  try {
    return withinTime(timeFor(characters), `${where}: the tokenizer.json beside it`, work);
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(
      `${where}: expected a tokenizer.json of the tokenizers library beside it, got ${String(cause)}`,
      cause,
    );
  }
}

function expectSmallIds({ tokenizerJson, where }: TokenizerFiles): void {
  const model = tokenizerJson["model"];
  const vocab = typeof model === "object" && model !== null && "vocab" in model ? model.vocab : {};
  const added = tokenizerJson["added_tokens"];
  const addedIds = (Array.isArray(added) ? added : []).map((token: unknown) =>
    typeof token === "object" && token !== null && "id" in token ? token.id : token,
  );
  const vocabIds: unknown[] =
    typeof vocab === "object" && vocab !== null && !Array.isArray(vocab) ? Object.values(vocab) : [];
  for (const id of [vocabIds, addedIds].flat())
    if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 0 || id > largestId)
      throw new ConfigError(
        `${where}: expected token ids in tokenizer.json to be whole numbers of 0 to ${largestId}, got ${quoted(id)}; the file is damaged`,
      );
}

function specialId(tokenizer: Tokenizer, files: TokenizerFiles, role: "eos_token" | "pad_token"): number {
  const content = files.specialTokens[role];
  const id = content === undefined ? undefined : tokenizer.token_to_id(content);
  if (id !== undefined) return id;
  throw new ConfigError(
    `${files.where}: expected ${role} to name a token of tokenizer.json, got ${quoted(content ?? files.configJson[role])}; use the model's own tokenizer files`,
  );
}

/** A template that writes `<|im_start|>` for a tokenizer without it would feed the model its letters. */
function expectTemplateTokens(tokenizer: Tokenizer, files: TokenizerFiles): void {
  for (const [token] of (files.chatTemplate ?? "").matchAll(/<\|\w+\|>/g))
    if (tokenizer.token_to_id(token) === undefined)
      throw new ConfigError(
        `${files.where}: expected the special token ${token}, which the chat template writes, in tokenizer.json, got none; use the model's own tokenizer files`,
      );
}
