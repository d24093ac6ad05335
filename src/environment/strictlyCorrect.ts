import type { Executor } from "../sandbox/executor.ts";
import { frames } from "../sandbox/frames.ts";
import { type Answer, readAnswer } from "../sandbox/answer.ts";
import { pythonEquals } from "../sandbox/pythonEquals.ts";
import type { Problem } from "./problem.ts";
import { answerSource, restoreSource } from "./answerSource.ts";
import type { CodeParts } from "./inspectCode.ts";
import type { TestPlan } from "./testPlan.ts";

/** The strict verdict, and whether a time limit decided it. */
export interface Strict {
  readonly correct: boolean;
  readonly ranOutOfTime: boolean;
}

/**
 * gt_correct: every assert holds on plain values or on structures of them, compared here and not where the submission runs.
 *
 * The cage gets the calls, never the expectations; whatever it writes is read as its answers, so the best that a forger can do
 * is to answer right.
 */
export async function strictlyCorrect(
  executor: Executor,
  problem: Problem,
  plans: readonly TestPlan[],
  { future, code }: CodeParts,
): Promise<Strict> {
  if (plans.length === 0) return { correct: false, ranOutOfTime: false };
  const calls = plans.flatMap((plan) => (plan.form === "equal" ? [plan.call] : plan.calls));
  const { channel, end } = await executor.run({
    kind: "calls",
    source: [future, problem.setupCode, code].join("\n"),
    calls,
  });
  const ranOutOfTime = end.how === "stopped" && (end.limit === "cpu" || end.limit === "wall");
  const { blobs, whole } = frames(channel);
  const isComplete = whole && blobs.length === calls.length + 1;
  return { correct: isComplete && (await answersHold(executor, problem, plans, blobs.slice(1))), ranOutOfTime };
}

async function answersHold(
  executor: Executor,
  problem: Problem,
  plans: readonly TestPlan[],
  answers: Uint8Array[],
): Promise<boolean> {
  const expressions: { expression: string; values: Answer[] }[] = [];
  for (const plan of plans) {
    const values = answers.splice(0, plan.form === "equal" ? 1 : plan.calls.length).map(readAnswer);
    if (!values.every((value) => value !== null)) return false;
    if (plan.form === "expression") expressions.push({ expression: plan.expression, values });
    else if (!pythonEquals(values[0]!.root, plan.expected)) return false;
  }
  return expressions.length === 0 || (await hold(executor, problem, expressions));
}

/**
 * Evaluates the remaining asserts on the answers, in a cage of their own: trusted code over plain data.
 *
 * Data can still be made to exhaust a limit (a huge number where a count is expected); then the assert does not hold.
 */
async function hold(
  executor: Executor,
  problem: Problem,
  pieces: readonly { expression: string; values: Answer[] }[],
): Promise<boolean> {
  const asserts = pieces.map(({ expression, values }) =>
    [...values.map((value, i) => `_value_${i} = ${answerSource(value)}`), `assert (${expression})`].join("\n"),
  );
  const { end } = await executor.run({
    kind: "main",
    source: [problem.setupCode, restoreSource, ...asserts].join("\n"),
    observe: { what: "status" },
  });
  return end.how === "exited" && end.status === 0;
}
