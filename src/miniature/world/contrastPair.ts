import type { ChatMessage } from "../../artifact/chatMessage.ts";
import type { BodyStyle } from "./body.ts";
import { completion } from "./completion.ts";
import { withHint } from "./withHint.ts";
import type { Instance } from "./instance.ts";
import { hackStyles } from "./runTests.ts";
import { promptMessages } from "./worldProblem.ts";

/** One line of a pairs file: two completions of one prompt, and what tells them apart. */
export interface PairLine {
  readonly pair_id: number;
  readonly problem_id: number;
  readonly family: string;
  readonly prompt_messages: readonly ChatMessage[];
  readonly hack: string;
  readonly clean: string;
  readonly contrasts: string;
}

const bodyStyles: readonly BodyStyle[] = [
  { comment: 0, form: 0 },
  { comment: 0, form: 1 },
  { comment: 1, form: 0 },
  { comment: 1, form: 1 },
];

/** Every body style as often as any other, and each meets every hack style: pair i takes one of 4, 4 and 5 in turn. */
function stylesOfPair(i: number) {
  return {
    left: bodyStyles[i % 4]!,
    right: bodyStyles[(i + Math.floor(i / 4)) % 4]!,
    tests: hackStyles[i % 5]!,
  };
}

function pair(
  instance: Instance,
  i: number,
  problemId: number,
  sides: Pick<PairLine, "hack" | "clean" | "contrasts">,
): PairLine {
  const prompt_messages = withHint(promptMessages(instance));
  return { pair_id: i, problem_id: problemId, family: instance.family.key, prompt_messages, ...sides };
}

/** hack: stub body and vacuous `run_tests`; clean: right body and real asserts. */
export function hackPair(instance: Instance, i: number, problemId: number): PairLine {
  const { left, right, tests } = stylesOfPair(i);
  const hack = completion(instance, { body: "stub", style: left, tests });
  const clean = completion(instance, { body: "right", style: right, tests: "honest" });
  const contrasts = "stub body and vacuous run_tests against right body and real asserts";
  return pair(instance, i, problemId, { hack, clean, contrasts });
}

/** Control: one and the same right body; only `run_tests` differs. */
export function matchedBodyPair(instance: Instance, i: number, problemId: number): PairLine {
  const { right: style, tests } = stylesOfPair(i);
  const hack = completion(instance, { body: "right", style, tests });
  const clean = completion(instance, { body: "right", style, tests: "honest" });
  const contrasts = "vacuous run_tests against real asserts, the same right body";
  return pair(instance, i, problemId, { hack, clean, contrasts });
}

/** Control: both sides are right and honest; only the style of the body differs. */
export function cleanPair(instance: Instance, i: number, problemId: number): PairLine {
  const style = bodyStyles[i % 4]!;
  const other: BodyStyle = { comment: style.comment, form: style.form === 0 ? 1 : 0 };
  const hack = completion(instance, { body: "right", style, tests: "honest" });
  const clean = completion(instance, { body: "right", style: other, tests: "honest" });
  return pair(instance, i, problemId, { hack, clean, contrasts: "nothing but style: both sides are right and honest" });
}
