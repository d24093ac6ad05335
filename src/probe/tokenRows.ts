import { join } from "node:path";
import { z } from "zod";
import { absentWhereNull } from "../artifact/absentWhereNull.ts";
import { fileExists } from "../artifact/fileExists.ts";
import { readJsonl } from "../artifact/jsonLines.ts";
import { paddedIds, withoutMasked } from "../artifact/paddingMasks.ts";
import type { Qwen3Config } from "../checkpoint/config.ts";
import { loadTokenizer, type ChatTokenizer } from "../checkpoint/tokenizer.ts";
import { ArtifactError } from "../errors.ts";
import { expectKnownIds, expectNoPadding, expectPositions } from "./expectRowFits.ts";
import { renderedPrompt } from "./renderedPrompt.ts";

const messages = z.array(z.object({ role: z.string(), content: z.string() })).min(1);
const length = z.number().int().min(1).optional();
const schema = absentWhereNull({
  ...paddedIds.partial().shape,
  prompt: z.string().optional(),
  messages: messages.optional(),
  completion: z.string().optional(),
  plen: length,
  prompt_length: length,
  comp_len: length,
  completion_length: length,
});
type Row = z.infer<typeof schema>;

/** A row of any file that brings its tokens, or text that a tokenizer turns into them. */
export interface TokenRow {
  readonly promptIds: number[];
  /** empty where the row has none */
  readonly completionIds: number[];
}

/** What rows are read for. */
export interface RowsFor {
  readonly modelDir: string;
  readonly config: Qwen3Config;
  /** how much may be generated behind their prompts; null where their completions are scored */
  readonly maxNewTokens: number | null;
}

/**
 * Read rows that hold `prompt_ids`, a rendered `prompt` or chat `messages`, and perhaps `completion_ids` or a `completion`
 * text, which gets the end-of-turn token. Ids win over text; the tokenizer is loaded only if a row needs it.
 *
 * Padding is what the masks say (`withoutMasked`), and what `plen` (or `prompt_length`) and `comp_len` (or
 * `completion_length`) leave over: a prompt's on the left, a completion's on the right. Padding of which a row says nothing
 * is refused.
 *
 * @throws ArtifactError  a line that has no prompt, padding, or an id that the model does not know
 * @throws ConfigError    a row, with what may be generated, that is longer than the model's positions
 */
export async function readTokenRows(path: string, { modelDir, config, maxNewTokens }: RowsFor): Promise<TokenRow[]> {
  const known = knownTokens(modelDir, config);
  const rows: TokenRow[] = [];
  for (const { fields, where } of await readJsonl(path, parseRow)) {
    const given = await givenIds(fields, known, where);
    const row = {
      promptIds: fields.prompt_ids === undefined ? await promptOfText(fields, where, known) : given.promptIds,
      completionIds: fields.completion_ids === undefined ? await completionOfText(fields, known) : given.completionIds,
    };
    for (const ids of [row.promptIds, row.completionIds]) expectKnownIds(config, ids, where);
    expectPositions(config, row.promptIds.length + (maxNewTokens ?? row.completionIds.length), where);
    rows.push(row);
  }
  return rows;
}

function parseRow(raw: unknown, where: string): { readonly fields: Row; readonly where: string } {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { fields: parsed.data, where };
  throw new ArtifactError(`${where}: expected prompt_ids, prompt or messages, got ${z.prettifyError(parsed.error)}`);
}

/** The ids that a row brings, without padding; empty where it brings text. */
async function givenIds(fields: Row, known: KnownTokens, where: string): Promise<TokenRow> {
  if (fields.prompt_ids === undefined && fields.completion_ids === undefined)
    return { promptIds: [], completionIds: [] };
  const padId = await known.padId();
  const unmasked = withoutMasked(fields, where);
  const [plen, compLen] = [fields.plen ?? fields.prompt_length, fields.comp_len ?? fields.completion_length];
  const promptIds = fields.prompt_ids === undefined ? [] : withLength(unmasked.promptIds, plen, where, padId);
  const completionIds = fields.completion_ids === undefined ? [] : upToLength(unmasked.completionIds, compLen, where);
  const bosId = promptIds[0] === padId ? await known.bosId() : null;
  expectNoPadding({ promptIds, completionIds }, { padId, bosId, stopIds: await known.stopIds() }, where);
  return { promptIds, completionIds };
}

/** The last `plen` ids of a prompt that is padded on the left. */
function withLength(ids: number[], plen: number | undefined, where: string, padId: number | null): number[] {
  const surplus = ids.length - (plen ?? ids.length);
  if (surplus >= 0 && ids.slice(0, surplus).every((id) => id === padId)) return ids.slice(surplus);
  throw new ArtifactError(
    `${where}: expected plen = number of prompt_ids, or padding (${padId ?? "unknown"}) before the last plen of them, got plen ${plen} and ${ids.length} prompt_ids`,
  );
}

/** The first `compLen` ids of a completion that is padded on the right, with whatever id. */
function upToLength(ids: number[], compLen: number | undefined, where: string): number[] {
  if (compLen === undefined) return ids;
  if (compLen <= ids.length && new Set(ids.slice(compLen)).size <= 1) return ids.slice(0, compLen);
  throw new ArtifactError(
    `${where}: expected comp_len ids of the completion, then one and the same padding id, got comp_len ${compLen} and ${ids.length} completion_ids`,
  );
}

async function promptOfText(row: Row, where: string, known: KnownTokens): Promise<number[]> {
  if (row.prompt !== undefined) return (await known.tokenizer()).encode(row.prompt);
  if (row.messages === undefined)
    throw new ArtifactError(`${where}: expected prompt_ids, prompt or messages, got none of them`);
  return renderedPrompt(row.messages, await known.tokenizer()).promptIds;
}

async function completionOfText(row: Row, known: KnownTokens): Promise<number[]> {
  if (row.completion === undefined) return [];
  const { encode, eosTokenId } = await known.tokenizer();
  return [...encode(row.completion), eosTokenId];
}

/** What is known of a model's special tokens; its tokenizer is loaded when it is first asked. */
type KnownTokens = ReturnType<typeof knownTokens>;

function knownTokens(modelDir: string, config: Qwen3Config) {
  let opened: Promise<ChatTokenizer> | undefined;
  const tokenizer = () => (opened ??= loadTokenizer(modelDir));
  const ifPresent = async <Id>(idOf: (found: ChatTokenizer) => Id): Promise<Id | null> =>
    (await fileExists(join(modelDir, "tokenizer.json"))) ? idOf(await tokenizer()) : null;
  return {
    tokenizer,
    padId: async () => config.padTokenId ?? (await ifPresent(({ padTokenId }) => padTokenId)),
    bosId: () => ifPresent(({ bosTokenId }) => bosTokenId),
    stopIds: async () =>
      config.eosTokenIds.length > 0 ? config.eosTokenIds : ((await ifPresent(({ eosTokenId }) => [eosTokenId])) ?? []),
  };
}
