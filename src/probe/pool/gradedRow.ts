import type { ChatMessage } from "../../artifact/chatMessage.ts";
import { unmeasured, type RolloutRow } from "../../artifact/rolloutRow.ts";
import type { Problem } from "../../environment/problem.ts";
import type { Grade } from "../../environment/grade.ts";
import type { ChatTokenizer } from "../../checkpoint/tokenizer.ts";
import { expectPositions } from "../expectRowFits.ts";
import type { LoadedModel } from "../loadedModel.ts";
import { renderedPrompt } from "../renderedPrompt.ts";

/** A problem as the model sees it. */
export interface PromptedProblem {
  readonly problem: Problem;
  readonly messages: readonly ChatMessage[];
  readonly prompt: string;
  readonly promptIds: number[];
}

/** @param messages  what the model is asked: the problem's messages, hinted (applyHint) */
export function promptedProblem(
  problem: Problem,
  messages: readonly ChatMessage[],
  tokenizer: ChatTokenizer,
): PromptedProblem {
  return { problem, messages, ...renderedPrompt(messages, tokenizer) };
}

/**
 * Before anything is generated: the longest answer must not pass the model's positions.
 *
 * @throws ConfigError  it would
 */
export function expectRoom(
  { model }: Pick<LoadedModel, "model">,
  { problem, promptIds }: Pick<PromptedProblem, "problem" | "promptIds">,
  maxNewTokens: number,
): void {
  expectPositions(model.config, promptIds.length + maxNewTokens, `problem ${problem.id}, answered to the full length`);
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
    ...unmeasured,
  };
}
