import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspectCode } from "../../src/environment/inspectCode.ts";
import { benchmarkLimits } from "../../src/sandbox/limits.ts";
import { PyodideExecutor } from "../../src/sandbox/pyodideExecutor.ts";
import { type Inspected, inspectionsLaws } from "./inspections.statements.ts";
import { anyPython } from "../../src/sandbox/findPython.ts";

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

describe("inspections of PyodideExecutor", () => {
  let executor: PyodideExecutor;
  beforeAll(() => {
    executor = new PyodideExecutor(benchmarkLimits, 1, anyPython);
  });
  afterAll(() => executor.close());

  const inOrder = (order: readonly Inspected[]) =>
    inspectionsLaws.answersEachAlone((code) => inspectCode(executor, code), order);

  // ELSE one rollout's text decides whether another's compiles, and with it the reward
  it("each text is answered as it would be alone, also after one that brings the interpreter down", () =>
    fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...texts]),
        fc.constantFrom(...deadly),
        fc.shuffledSubarray([...texts]),
        (before, end, after) => inOrder([...before, end, ...after]),
      ),
      { numRuns: 3, examples: deadly.map((end) => [[], end, [...texts]]) },
    ));
  it("that text does bring it down", async () => {
    for (const { code } of deadly) expect((await executor.run({ kind: "inspect", code })).end.how).not.toBe("exited");
  });
  it("each text is answered as it would be alone, also when a worn reader is replaced", () =>
    inOrder(Array.from({ length: 12 }, () => texts).flat()));

  // ELSE an interrupted run leaves a process behind, or ends in an exception
  it("ends with its executor", async () => {
    const closing = new PyodideExecutor(benchmarkLimits, 1, anyPython);
    await closing.run({ kind: "inspect", code: "x = 1" });
    const pending = closing.run({ kind: "inspect", code: "x = 1\n".repeat(300_000) }); // takes all the time there is
    await new Promise((resolve) => setTimeout(resolve, 50));
    await closing.close();
    expect((await pending).end.how).toBe("stopped");
  });
});
