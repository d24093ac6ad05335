import { ConfigError, SandboxError } from "../errors.ts";
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
 * @throws ConfigError  a test cannot be decided from values alone, or the setup code fails
 */
export async function planTests(executor: Executor, problem: Problem): Promise<TestPlan[]> {
  const { end, channel } = await executor.run({ kind: "split", setup: problem.setupCode, tests: problem.gtTests });
  const { blobs } = frames(channel);
  if (blobs.length !== problem.gtTests.length) {
    throw new ConfigError(
      `planTests: expected ${problem.gtTests.length} tests of problem ${problem.id} to be read, got ${blobs.length} ` +
        `(${JSON.stringify(end)}). Its setup_code must run on its own.`,
    );
  }
  return blobs.flatMap((blob, i) => {
    const pieces = readMarshalValue(blob);
    if (pieces?.type !== "list")
      throw new SandboxError(`planTests: expected a list for test ${i} of problem ${problem.id}, got ${pieces?.type}`);
    return pieces.items.map((piece) => planOf(piece, problem, i));
  });
}

function planOf(piece: PythonValue, problem: Problem, i: number): TestPlan {
  if (piece.type !== "tuple")
    throw new SandboxError(`planTests: expected a tuple in test ${i} of problem ${problem.id}, got ${piece.type}`);
  const [form, first, second] = piece.items;
  const name = text(form);
  if (name === "equal") return { form: name, call: text(first), expected: second! };
  if (name === "expression" && first?.type === "list")
    return { form: name, calls: first.items.map(text), expression: text(second) };
  throw new ConfigError(
    `planTests: expected an assert on Solution() that can be decided from returned values, got test ${i} of problem ${problem.id} ` +
      `(${text(first)}): ${problem.gtTests[i]!.slice(0, 200)}`,
  );
}

function text(value: PythonValue | undefined): string {
  if (value?.type !== "str") throw new SandboxError(`planTests: expected a string, got ${value?.type}`);
  return textOf(value);
}
