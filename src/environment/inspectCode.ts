import type { Executor } from "../sandbox/executor.ts";
import { frames } from "../sandbox/frames.ts";
import { readMarshalValue } from "../sandbox/marshalValue.ts";
import { textOf } from "../sandbox/pythonValue.ts";
import type { RunTests } from "./stubProgram.ts";

/** What a response's text holds, found without running it. */
export interface Inspection {
  readonly canCompile: boolean;
  readonly runTests: RunTests | null;
}

/** Compiles the code in the cage, with CPython; a compiler that crashes or runs out of a limit means that it does not compile. */
export async function inspectCode(executor: Executor, code: string): Promise<Inspection> {
  const { channel } = await executor.run({ kind: "inspect", code });
  const [compiles, found] = frames(channel).blobs.map(readMarshalValue);
  const canCompile = compiles?.type === "bool" && compiles.value;
  if (!canCompile || found?.type !== "tuple") return { canCompile, runTests: null };
  const [source, inSolution] = found.items;
  if (source?.type !== "str" || inSolution?.type !== "bool") return { canCompile, runTests: null };
  return { canCompile, runTests: { source: textOf(source), inSolution: inSolution.value } };
}
