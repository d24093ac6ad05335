import type { ChatMessage } from "../../artifact/chatMessage.ts";
import { applyHint } from "../../environment/hint.ts";
import type { Problem } from "../../environment/problem.ts";
import { generate } from "../../decoder/generate.ts";

/** The functions that a pool is made of: replaced one by one only in sabotages, which show that the gate sees it. */
export interface PoolStage {
  /** what the teacher is asked */
  readonly promptMessages: (problem: Problem) => ChatMessage[];
  readonly generate: typeof generate;
}

/** What the product runs. */
export const poolStage: PoolStage = { promptMessages: applyHint, generate };
