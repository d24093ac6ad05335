import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type Inspection, inspectCode } from "../../src/environment/inspectCode.ts";
import { anyPython } from "../../src/sandbox/findPython.ts";
import { benchmarkLimits } from "../../src/sandbox/limits.ts";
import { PyodideExecutor } from "../../src/sandbox/pyodideExecutor.ts";
import { lawsOf } from "../support/lawsOf.ts";

/** A text and what CPython says of it. */
interface Inspected {
  readonly code: string;
  readonly says: Pick<Inspection, "canCompile" | "runTests">;
}

type Inspect = (code: string) => Promise<Inspected["says"]>;

const refused = { canCompile: false, runTests: null };
const compiled = { canCompile: true, runTests: null };
const texts: readonly Inspected[] = [
  { code: "x = 1", says: compiled },
  { code: "x =", says: refused },
  { code: "x = 1\0", says: refused },
  { code: "x = '\ud800'", says: refused },
  { code: "from __future__ import annotations\nx: undefined = 1", says: compiled },
  { code: "def f(): await g()", says: refused },
  { code: `x = ${"(".repeat(3000)}1${")".repeat(3000)}`, says: refused },
  { code: "x = 9 ** 9 ** 7", says: compiled },
  {
    code: "def run_tests(): pass",
    says: { canCompile: true, runTests: { source: "def run_tests():\n    pass", inSolution: false } },
  },
  {
    code: "class Solution:\n    def run_tests(self): return 1",
    says: { canCompile: true, runTests: { source: "def run_tests(self):\n    return 1", inSolution: true } },
  },
];
/** The compiler's stack ends before the first text does, and the interpreter with it; the second holds more than may be told. */
const deadly: readonly Inspected[] = [
  { code: `x = ${"not ".repeat(20_000)}1`, says: refused },
  { code: `def run_tests(): return '${"a".repeat(benchmarkLimits.channelBytes)}'`, says: refused },
];

let executor: PyodideExecutor | null = null;
/** One executor for all texts, started by the first. */
const pyodide = () => (executor ??= new PyodideExecutor(benchmarkLimits, 1, anyPython));
const inspectInPyodide: Inspect = (code) => inspectCode(pyodide(), code);

const good = { code: "x = 1", says: compiled };
const bad = { code: "x =", says: refused };
/** Compiles as in one process: what a text leaves there is there for the next. */
const inOneProcess = (leaves: (left: boolean, compiles: boolean) => boolean): Inspect => {
  let left = true;
  return async (code) => ({ canCompile: (left = leaves(left, code === good.code)), runTests: null });
};

lawsOf("inspections of PyodideExecutor", inspectInPyodide, (law) => {
  law("answer each text as it would be alone, also after one that brings the interpreter down", {
    else: "one rollout's text decides whether another's compiles, and with it the reward",
    for: [fc.shuffledSubarray([...texts]), fc.constantFrom(...deadly), fc.shuffledSubarray([...texts])],
    holds: async (inspect, before, end, after) => {
      for (const { code, says } of [...before, end, ...after])
        expect(await inspect(code), `${code.slice(0, 30)} (${code.length} characters)`).toMatchObject(says);
    },
    rejects: {
      "an interpreter that stays down": [inOneProcess((up, compiles) => up && compiles), [good], bad, [good]],
      "the answer of the text before": [inOneProcess((before) => before), [good], bad, []],
    },
    examples: deadly.map((end): [Inspected[], Inspected, Inspected[]] => [[], end, [...texts]]),
    numRuns: 3,
  });
});

describe("inspections of PyodideExecutor", () => {
  afterAll(() => executor?.close());

  it("answer each text as it would be alone, also when a worn reader is replaced", async () => {
    for (const { code, says } of Array.from({ length: 12 }, () => texts).flat())
      expect(await inspectInPyodide(code)).toMatchObject(says);
  });

  it("do bring the interpreter down with the deadly texts", async () => {
    for (const { code } of deadly) expect((await pyodide().run({ kind: "inspect", code })).end.how).not.toBe("exited");
  });

  // ELSE an interrupted run leaves a process behind, or ends in an exception
  it("end with their executor", async () => {
    const closing = new PyodideExecutor(benchmarkLimits, 1, anyPython);
    await closing.run({ kind: "inspect", code: "x = 1" });
    const pending = closing.run({ kind: "inspect", code: "x = 1\n".repeat(300_000) }); // takes all the time there is
    await new Promise((resolve) => setTimeout(resolve, 50));
    await closing.close();
    expect((await pending).end.how).toBe("stopped");
  });
});
