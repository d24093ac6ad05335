import type { Executor } from "../sandbox/executor.ts";
import { frames } from "../sandbox/frames.ts";
import { readMarshalValue } from "../sandbox/marshalValue.ts";
import { type PythonValue, textOf } from "../sandbox/pythonValue.ts";
import type { RunTests } from "./stubProgram.ts";

/** What a response's text holds, found without running it. */
export interface Inspection {
  readonly canCompile: boolean;
  readonly runTests: RunTests | null;
  /** the code for a program of several parts: its imports from __future__ apart, which must come first in a file */
  readonly parts: CodeParts;
}

/** `future` is a line for the start of the program, or empty. */
export interface CodeParts {
  readonly future: string;
  readonly code: string;
}

/** Compiles the code in the cage, with CPython; a compiler that crashes or runs out of a limit means that it does not compile. */
export async function inspectCode(executor: Executor, code: string): Promise<Inspection> {
  const { channel } = await executor.run({ kind: "inspect", code });
  const [compiles, found, future] = frames(channel).blobs.map(readMarshalValue);
  const canCompile = compiles?.type === "bool" && compiles.value;
  return { canCompile, runTests: canCompile ? runTestsOf(found) : null, parts: partsOf(code, future) };
}

function runTestsOf(found: PythonValue | null | undefined): RunTests | null {
  if (found?.type !== "tuple") return null;
  const [source, inSolution] = found.items;
  if (source?.type !== "str" || inSolution?.type !== "bool") return null;
  return { source: textOf(source), inSolution: inSolution.value };
}

function partsOf(code: string, future: PythonValue | null | undefined): CodeParts {
  if (future?.type !== "tuple") return { future: "", code };
  const [names, rest] = future.items;
  if (names?.type !== "list" || rest?.type !== "str") return { future: "", code };
  const imported = names.items.flatMap((name) => (name.type === "str" ? [textOf(name)] : []));
  return { future: `from __future__ import ${imported.join(", ")}`, code: textOf(rest) };
}
