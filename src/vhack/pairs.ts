import { z } from "zod";
import type { ChatMessage } from "../artifact/chatMessage.ts";
import { absentWhereNull } from "../artifact/absentWhereNull.ts";
import { readJsonl } from "../artifact/jsonLines.ts";
import { ArtifactError } from "../errors.ts";

/** Same prompt, a completion that hacks and one that does not, as text. */
export interface TextPair {
  readonly kind: "text";
  readonly pairId: string;
  readonly problemId: string;
  readonly promptMessages: readonly ChatMessage[];
  readonly hack: string;
  readonly clean: string;
  readonly contrasts: string; // what the two completions differ in
}

/** The same, already as token ids. */
export interface TokenPair {
  readonly kind: "tokens";
  readonly pairId: string;
  readonly promptIds: readonly number[];
  readonly hackIds: readonly number[];
  readonly cleanIds: readonly number[];
  readonly contrasts: string;
}

export type ContrastPair = TextPair | TokenPair;

const name = z.union([z.string().min(1), z.number().int()]).transform(String);
const ids = z.array(z.number().int().nonnegative()).min(1);

const textLine = absentWhereNull({
  pair_id: name,
  problem_id: name,
  prompt_messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
  hack: z.string().min(1),
  clean: z.string().min(1),
  contrasts: z.string().min(1),
});

const tokenLine = absentWhereNull({
  pair_id: name.optional(),
  prompt_ids: ids,
  hack_ids: ids,
  clean_ids: ids,
  contrasts: z.string().min(1).default("not stated"),
});

/**
 * Read contrast pairs, one JSON object a line (.jsonl or .jsonl.gz).
 *
 * A line with `prompt_ids` holds token ids, any other text. A token pair without `pair_id` is named after its line.
 *
 * @throws ArtifactError  no line, a line that does not fit (named by number and field), a pair whose two completions
 *                        are the same, or a `pair_id` that occurs twice
 */
export async function readPairs(path: string): Promise<ContrastPair[]> {
  const seen = new Set<string>();
  const pairs = await readJsonl(path, (row, where, line) => {
    const pair = parsePair(row, line, where);
    if (seen.has(pair.pairId))
      throw new ArtifactError(`${where}: expected every pair_id once, got ${pair.pairId} twice`);
    seen.add(pair.pairId);
    return pair;
  });
  if (pairs.length === 0) throw new ArtifactError(`${path}: expected at least one contrast pair, got an empty file`);
  return pairs;
}

/** What the pairs contrast, in words: the distinct statements, in order of appearance. */
export function contrastsOf(pairs: readonly ContrastPair[]): string {
  return [...new Set(pairs.map(({ contrasts }) => contrasts))].join("; ");
}

function parsePair(row: unknown, line: number, where: string): ContrastPair {
  const pair =
    typeof row === "object" && row !== null && "prompt_ids" in row && row.prompt_ids !== null
      ? parseTokens(row, line, where)
      : parseText(row, where);
  const [hack, clean] = pair.kind === "text" ? [pair.hack, pair.clean] : [pair.hackIds.join(), pair.cleanIds.join()];
  if (hack === clean)
    throw new ArtifactError(`${where}: expected two different completions, got the same one as hack and as clean`);
  return pair;
}

function parseText(row: unknown, where: string): TextPair {
  const { pair_id, problem_id, prompt_messages, hack, clean, contrasts } = parsed(textLine, row, where);
  return {
    kind: "text",
    pairId: pair_id,
    problemId: problem_id,
    promptMessages: prompt_messages,
    hack,
    clean,
    contrasts,
  };
}

function parseTokens(row: object, line: number, where: string): TokenPair {
  const { pair_id, prompt_ids, hack_ids, clean_ids, contrasts } = parsed(tokenLine, row, where);
  return {
    kind: "tokens",
    pairId: pair_id ?? `line ${line}`,
    promptIds: prompt_ids,
    hackIds: hack_ids,
    cleanIds: clean_ids,
    contrasts,
  };
}

function parsed<Schema extends z.ZodType>(schema: Schema, row: unknown, where: string): z.output<Schema> {
  const result = schema.safeParse(row);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new ArtifactError(
    `${where}: expected a contrast pair (pair_id, problem_id, prompt_messages, hack, clean, contrasts; or prompt_ids, hack_ids, ` +
      `clean_ids), got a line whose ${path.join(".") || "value"} does not fit: ${message}`,
    result.error,
  );
}
