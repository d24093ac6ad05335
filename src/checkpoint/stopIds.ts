import type { Qwen3Config } from "./config.ts";
import type { ChatTokenizer } from "./tokenizer.ts";

/** Where generation ends, and what deserves a word about it. */
export interface StopIds {
  readonly ids: readonly number[];
  /** the tokenizer's end-of-turn token, which a chat model writes at the end of its answer */
  readonly endOfTurn: number;
  /** a line for the user, or null */
  readonly note: string | null;
}

/**
 * The stop ids of generation: those of generation_config.json, else of config.json (`parseQwen3Config`), as in transformers;
 * where neither has any, the tokenizer's eos token.
 */
export function stopIdsOf(
  { eosTokenIds }: Pick<Qwen3Config, "eosTokenIds">,
  tokenizer: Pick<ChatTokenizer, "eosTokenId">,
): StopIds {
  const endOfTurn = tokenizer.eosTokenId;
  if (eosTokenIds.length === 0)
    return {
      ids: [endOfTurn],
      endOfTurn,
      note: `stop ids: neither config.json nor generation_config.json has an eos_token_id; stopping at the tokenizer's eos token ${endOfTurn}`,
    };
  if (eosTokenIds.includes(endOfTurn)) return { ids: eosTokenIds, endOfTurn, note: null };
  return {
    ids: eosTokenIds,
    endOfTurn,
    note:
      `stop ids: ${eosTokenIds.join(", ")} do not include the tokenizer's eos token ${endOfTurn}; ` +
      "generation goes on after the end of a turn. If that is not meant, add it to eos_token_id in generation_config.json",
  };
}
