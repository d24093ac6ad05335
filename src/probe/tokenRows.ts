import { z } from "zod";
import { absentWhereNull } from "../artifact/absentWhereNull.ts";
import { readJsonl } from "../artifact/jsonLines.ts";
import { ArtifactError } from "../errors.ts";
import { loadTokenizer, type ChatTokenizer } from "../checkpoint/tokenizer.ts";
import { renderedPrompt } from "./renderedPrompt.ts";

const ids = z.array(z.number().int().min(0));
const messages = z.array(z.object({ role: z.string(), content: z.string() })).min(1);
const schema = absentWhereNull({
  prompt_ids: ids.optional(),
  prompt: z.string().optional(),
  messages: messages.optional(),
  completion_ids: ids.optional(),
  completion: z.string().optional(),
  comp_len: z.number().int().min(1).optional(),
});
type Row = z.infer<typeof schema>;

/** A row of any file that brings its tokens, or text that a tokenizer turns into them. */
export interface TokenRow {
  readonly promptIds: number[];
  /** empty where the row has none */
  readonly completionIds: number[];
}

/**
 * Read rows that hold `prompt_ids`, a rendered `prompt` or chat `messages`, and perhaps `completion_ids` (cut to `comp_len`
 * where given) or a `completion` text, which gets the end-of-turn token. Ids win over text; the tokenizer is loaded only if
 * a row needs it.
 *
 * @param vocabSize  ids must lie below it
 * @throws ArtifactError  a line that has no prompt, or an id that the model does not know
 */
export async function readTokenRows(path: string, modelDir: string, vocabSize: number): Promise<TokenRow[]> {
  let tokenizer: Promise<ChatTokenizer> | undefined;
  const tokenizerOf = () => (tokenizer ??= loadTokenizer(modelDir));
  const rows: TokenRow[] = [];
  for (const { fields, where } of await readJsonl(path, parseRow)) {
    const row = {
      promptIds: await promptIds(fields, where, tokenizerOf),
      completionIds: await completionIds(fields, tokenizerOf),
    };
    const foreign = [...row.promptIds, ...row.completionIds].find((id) => id >= vocabSize);
    if (foreign !== undefined)
      throw new ArtifactError(`${where}: expected token ids below the model's vocab_size ${vocabSize}, got ${foreign}`);
    rows.push(row);
  }
  return rows;
}

function parseRow(raw: unknown, where: string): { readonly fields: Row; readonly where: string } {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { fields: parsed.data, where };
  throw new ArtifactError(`${where}: expected prompt_ids, prompt or messages, got ${z.prettifyError(parsed.error)}`);
}

async function promptIds(row: Row, where: string, tokenizerOf: () => Promise<ChatTokenizer>): Promise<number[]> {
  if (row.prompt_ids !== undefined) return row.prompt_ids;
  if (row.prompt !== undefined) return (await tokenizerOf()).encode(row.prompt);
  if (row.messages === undefined)
    throw new ArtifactError(`${where}: expected prompt_ids, prompt or messages, got none of them`);
  return renderedPrompt(row.messages, await tokenizerOf()).promptIds;
}

async function completionIds(row: Row, tokenizerOf: () => Promise<ChatTokenizer>): Promise<number[]> {
  if (row.completion_ids !== undefined) return row.completion_ids.slice(0, row.comp_len);
  if (row.completion === undefined) return [];
  const { encode, eosTokenId } = await tokenizerOf();
  return [...encode(row.completion), eosTokenId];
}
