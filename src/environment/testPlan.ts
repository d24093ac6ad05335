import { ProblemError, SandboxError, quoted } from "../errors.ts";
import type { Executor } from "../sandbox/executor.ts";
import { frames } from "../sandbox/frames.ts";
import { readMarshalValue } from "../sandbox/marshalValue.ts";
import { type PythonValue, textOf } from "../sandbox/pythonValue.ts";
import type { Problem } from "./problem.ts";

/**
 * One ground-truth assert, taken apart so that the submission sees the call and never the expectation.
 *
 *   equal       `assert call == expected`
 *   expression  anything else: `calls` are replaced by their values, the rest is evaluated in a trusted process
 */
export type TestPlan =
  | { readonly form: "equal"; readonly call: string; readonly expected: PythonValue }
  | { readonly form: "expression"; readonly calls: readonly string[]; readonly expression: string };

/**
 * Takes the problem's asserts apart, with CPython's own parser, in a cage that never sees a submission.
 *
 * @throws ProblemError  a test cannot be decided from returned values, or the setup code fails
 */
export async function planTests(executor: Executor, problem: Problem): Promise<TestPlan[]> {
  const { end, channel } = await executor.run({ kind: "split", setup: problem.setupCode, tests: problem.gtTests });
  const { blobs } = frames(channel);
  const failure = blobs.length === 1 ? readMarshalValue(blobs[0]!) : null;
  if (failure?.type === "str") throw setupFailure(problem, textOf(failure));
  if (blobs.length !== problem.gtTests.length)
    throw setupFailure(problem, `${blobs.length} of ${problem.gtTests.length} tests read, ${quoted(end)}`);
  return blobs.flatMap((blob, i) => {
    const pieces = readMarshalValue(blob);
    if (pieces?.type !== "list")
      throw new SandboxError(`planTests: expected a list for test ${i} of problem ${problem.id}, got ${pieces?.type}`);
    return pieces.items.map((piece) => planOf(piece, problem, i));
  });
}

function setupFailure({ id }: Problem, got: string): ProblemError {
  const missing = /No module named '([\w.]+)'/.exec(got)?.[1];
  const advice =
    missing === undefined
      ? "Mend the problem, or leave it out."
      : `Install ${missing} into a folder (pip install --target DIR ${missing}) and pass --python-packages DIR, or leave the problem out.`;
  return new ProblemError(`problem ${id}: expected its setup_code to run, got ${got}. ${advice}`);
}

function planOf(piece: PythonValue, problem: Problem, i: number): TestPlan {
  if (piece.type !== "tuple")
    throw new SandboxError(`planTests: expected a tuple in test ${i} of problem ${problem.id}, got ${piece.type}`);
  const [form, first, second] = piece.items;
  const name = text(form);
  if (name === "equal") return { form: name, call: text(first), expected: second! };
  if (name === "expression" && first?.type === "list")
    return { form: name, calls: first.items.map(text), expression: text(second) };
  throw new ProblemError(
    `problem ${problem.id}: expected an assert on Solution() that can be decided from returned values, got test ${i} ` +
      `(${text(first)}): ${problem.gtTests[i]!.slice(0, 200)}`,
  );
}

function text(value: PythonValue | undefined): string {
  if (value?.type !== "str") throw new SandboxError(`planTests: expected a string, got ${value?.type}`);
  return textOf(value);
}
