import type { ChatMessage } from "../../artifact/chatMessage.ts";
import { applyHint } from "../../environment/hint.ts";
import type { Problem } from "../../environment/problem.ts";
import { generate } from "../../decoder/generate.ts";

/** What a pool is made by. The command line hands over `honestPool`; a sabotage hands over its own. */
export interface PoolParts {
  /** what the teacher is asked */
  readonly promptMessages: (problem: Problem) => ChatMessage[];
  readonly generate: typeof generate;
}

/** The parts that the product runs. */
export const honestPool: PoolParts = { promptMessages: applyHint, generate };
