import { z } from "zod";
import { ArtifactError } from "../errors.ts";

const ids = z.array(z.number().int().min(0));
const mask = z.array(z.union([z.number().int().min(0).max(1), z.boolean().transform(Number)]));

/** Token ids that may be padded, and the masks by which TRL, verl and others say where: 1 for text, 0 for padding. */
export const paddedIds = z.object({
  prompt_ids: ids.nullish(),
  completion_ids: ids.nullish(),
  /** of the prompt, or of prompt and completion end to end */
  attention_mask: mask.nullish(),
  prompt_mask: mask.nullish(),
  completion_mask: mask.nullish(),
});

export interface UnpaddedIds {
  readonly promptIds: number[];
  /** as they were where no mask speaks of them */
  readonly completionIds: number[];
}

/**
 * Token ids without the padding that a row's masks name. Prompts are padded on the left, completions on the right.
 *
 * @throws ArtifactError  a mask of another length, or one that leaves out ids in the middle or keeps none: such a mask says what
 *                        is trained on, not what is padding
 */
export function withoutMasked(row: z.output<typeof paddedIds>, where: string): UnpaddedIds {
  const [prompt, completion] = [row.prompt_ids ?? [], row.completion_ids ?? []];
  const both = row.attention_mask ?? null;
  const isOfBoth = both !== null && both.length === prompt.length + completion.length && completion.length > 0;
  if (both !== null && !isOfBoth && both.length !== prompt.length)
    throw new ArtifactError(
      `${where}: expected an attention_mask of ${prompt.length} (prompt_ids) or ${prompt.length + completion.length} (with completion_ids), got ${both.length}`,
    );
  const ofPrompt = row.prompt_mask ?? both?.slice(0, prompt.length) ?? null;
  const ofCompletion = row.completion_mask ?? (isOfBoth ? both.slice(prompt.length) : null);
  return {
    promptIds: kept(prompt, ofPrompt, `${where}: the mask of prompt_ids`, "left"),
    completionIds: kept(completion, ofCompletion, `${where}: the mask of completion_ids`, "right"),
  };
}

function kept(all: number[], mask: readonly number[] | null, what: string, side: "left" | "right"): number[] {
  if (mask === null) return all;
  if (mask.length !== all.length)
    throw new ArtifactError(`${what}: expected ${all.length} values, as many as ids, got ${mask.length}`);
  const [first, last] = [mask.indexOf(1), mask.lastIndexOf(1)];
  const isBlock = first !== -1 && !mask.slice(first, last + 1).includes(0);
  if (!isBlock || (side === "left" ? last !== all.length - 1 : first !== 0))
    throw new ArtifactError(
      `${what}: expected ones in one block with padding on the ${side}, got another mask; a mask of what is trained on is not one of padding`,
    );
  return all.slice(first, last + 1);
}
