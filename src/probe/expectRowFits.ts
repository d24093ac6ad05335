import type { Qwen3Config } from "../checkpoint/config.ts";
import { ArtifactError, ConfigError } from "../errors.ts";

type Limits = Pick<Qwen3Config, "maxPositionEmbeddings" | "vocabSize">;

/**
 * Refuse a row that is longer than the positions that the model was made for, before it passes through the model.
 *
 * @param tokens  of prompt and completion, or of prompt and the longest completion that may be generated
 * @param where   the row, for the message
 * @throws ConfigError  it is longer, and --beyond-positions does not allow it
 */
export function expectPositions({ maxPositionEmbeddings: most }: Limits, tokens: number, where: string): void {
  if (tokens > most)
    throw new ConfigError(
      `${where}: expected at most ${most} tokens (max_position_embeddings of the model's config.json), got ${tokens}; ` +
        "shorten it (--max-new-tokens), or allow positions that the model was not made for with --beyond-positions",
    );
}

/** @throws ArtifactError  an id that the model does not know */
export function expectKnownIds({ vocabSize }: Limits, ids: readonly number[], where: string): void {
  const foreign = ids.find((id) => id >= vocabSize);
  if (foreign !== undefined)
    throw new ArtifactError(`${where}: expected token ids below the model's vocab_size ${vocabSize}, got ${foreign}`);
}

/** A row's ids as they pass through the model. */
export interface IdsOfRow {
  readonly promptIds: readonly number[];
  readonly completionIds: readonly number[];
}

/** What padding is made of, and what ends a text. */
export interface EndingIds {
  readonly padId: number | null;
  /** a prompt may begin with this one, even where it is the pad id */
  readonly bosId: number | null;
  readonly stopIds: readonly number[];
}

/** A prompt that begins with so many equal ids is padded, whatever the pad id is. */
const mostEqual = 4;

/**
 * Refuse a row from elsewhere whose ids are padded and whose masks and lengths do not say so.
 *
 *     prompt       begins with the pad id (once is allowed where that is the bos id), or with 4 equal ids
 *     completion   ends in two or more ids that are pad or stop ids, or in a pad id that is no stop id
 *
 * @throws ArtifactError  padding would be taken for text
 */
export function expectNoPadding({ promptIds, completionIds }: IdsOfRow, ending: EndingIds, where: string): void {
  const leading = lengthOfRun(promptIds, (id) => id === promptIds[0]);
  const isPadded = promptIds[0] === ending.padId && !(leading === 1 && ending.padId === ending.bosId);
  if (promptIds.length > 0 && (isPadded || leading >= mostEqual)) {
    const what = isPadded ? "the pad id" : "an id that repeats";
    throw padded(where, `prompt_ids that begin with text, got ${leading} times ${promptIds[0]} (${what})`);
  }
  const fromEnd = completionIds.toReversed();
  const trailing = lengthOfRun(fromEnd, (id) => id === ending.padId || ending.stopIds.includes(id));
  const isPadOnly = trailing === 1 && !ending.stopIds.includes(fromEnd[0]!);
  if (trailing >= 2 || isPadOnly)
    throw padded(
      where,
      `completion_ids that end with text or one stop id, got ${fromEnd.slice(0, trailing).toReversed().slice(0, 4).join(", ")} at the end`,
    );
}

function lengthOfRun(ids: readonly number[], belongs: (id: number) => boolean): number {
  const end = ids.findIndex((id) => !belongs(id));
  return end === -1 ? ids.length : end;
}

function padded(where: string, expected: string): ArtifactError {
  return new ArtifactError(
    `${where}: expected ${expected}: padding would be scored. Say what is text with attention_mask (or prompt_mask and completion_mask), ` +
      "or with plen and comp_len, or leave the padding out",
  );
}
