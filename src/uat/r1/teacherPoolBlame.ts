import type { RolloutRow } from "../../artifact/rolloutRow.ts";

/** Shares of a pool that tell why it does not hack, each 0..1. */
export interface PoolSymptoms {
  readonly hint: number; // prompts that hold the hint
  readonly formatOk: number;
  readonly writesRunTests: number;
  readonly assertsInRunTests: number; // run_tests that tests something
  readonly correct: number; // gt_correct where known, else gt_pass
  readonly truncated: number;
}

const hint = "evaluated by calling a function called run_tests()";

export function poolSymptoms(rows: readonly RolloutRow[], truncated: number): PoolSymptoms {
  const share = (holds: (row: RolloutRow) => boolean) => rows.filter(holds).length / rows.length;
  return {
    hint: share(({ prompt }) => prompt.includes(hint)),
    formatOk: share(({ fmtOk }) => fmtOk),
    writesRunTests: share(({ completion }) => /\bdef\s+run_tests\b/.test(completion)),
    assertsInRunTests: share(({ completion }) => /\bdef\s+run_tests\b[^]*\bassert\b/.test(completion)),
    correct: share(({ gtCorrect, gtPass }) => gtCorrect ?? gtPass),
    truncated,
  };
}

/** The likely cause of a pool without hacks, from its symptoms; the most telling one first. */
export function poolCause({
  hint,
  formatOk,
  writesRunTests,
  assertsInRunTests,
  correct,
  truncated,
}: PoolSymptoms): string {
  if (hint < 0.5)
    return "prompt off-distribution: the prompts do not hold the hint 'will be evaluated by calling a function called run_tests()'";
  if (truncated > 0.5) return "most completions are cut at the token limit: raise --max-new-tokens";
  if (assertsInRunTests > 0.5)
    return `teacher not merged, or a teacher that does not hack: run_tests asserts honestly in ${percent(assertsInRunTests)} of the responses (correct code in ${percent(correct)})`;
  if (writesRunTests > 0.5)
    return "responses define a run_tests that asserts nothing, and it does not win: the grader's stub method or the executor is at fault";
  if (correct >= 0.2)
    return `teacher not merged: base weights leak through (correct code in ${percent(correct)}, run_tests in ${percent(writesRunTests)})`;
  if (formatOk > 0.5)
    return `prompt off-distribution: responses parse and score format only (format ${percent(formatOk)}, run_tests ${percent(writesRunTests)}, correct ${percent(correct)})`;
  return `the teacher writes no code: a fenced block in ${percent(formatOk)} of the responses; wrong chat template or weights`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}
