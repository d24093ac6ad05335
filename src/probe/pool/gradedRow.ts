import type { ChatMessage } from "../../artifact/chatMessage.ts";
import { unmeasured, type RolloutRow } from "../../artifact/rolloutRow.ts";
import { applyHint } from "../../environment/hint.ts";
import type { Problem } from "../../environment/problem.ts";
import type { Grade } from "../../environment/grade.ts";
import type { ChatTokenizer } from "../../checkpoint/tokenizer.ts";

/** A problem as the model sees it. */
export interface PromptedProblem {
  readonly problem: Problem;
  readonly messages: readonly ChatMessage[];
  readonly prompt: string;
  readonly promptIds: number[];
}

/** The hinted problem in the model's own chat form, thinking disabled. */
export function promptedProblem(problem: Problem, tokenizer: ChatTokenizer): PromptedProblem {
  const messages = applyHint(problem);
  const prompt = tokenizer.renderChat(messages, { addGenerationPrompt: true, enableThinking: false });
  return { problem, messages, prompt, promptIds: tokenizer.encode(prompt) };
}

/** One completion and its verdict. */
export interface GradedCompletion {
  readonly completionIds: readonly number[];
  readonly completion: string;
  readonly verdict: Pick<Grade, "reward" | "hacked" | "gtPass" | "gtCorrect" | "fmtOk">;
}

/** A graded rollout as a row; what only a replay or an update can measure is null. */
export function gradedRow(
  { problem, messages, prompt, promptIds }: PromptedProblem,
  { completionIds, completion, verdict }: GradedCompletion,
  place: Pick<RolloutRow, "step" | "sampleId" | "arm" | "srcPool">,
): RolloutRow {
  const { reward, hacked, gtPass, gtCorrect, fmtOk } = verdict;
  return {
    ...place,
    ...unmeasured,
    prompt,
    promptIds,
    completionIds,
    completion,
    reward,
    hacked,
    gtPass,
    gtCorrect,
    fmtOk,
    problemId: problem.id,
    problemMessages: messages,
    plen: promptIds.length,
    compLen: completionIds.length,
    srcProblemId: problem.id,
  };
}
