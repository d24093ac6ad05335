import type { Inspection } from "../../src/environment/inspectCode.ts";
import { benchmarkLimits } from "../../src/sandbox/limits.ts";

/** A text and what CPython says of it. */
export interface Inspected {
  readonly code: string;
  readonly says: Pick<Inspection, "canCompile" | "runTests">;
}

export const refused = { canCompile: false, runTests: null };
export const compiled = { canCompile: true, runTests: null };
export const texts: readonly Inspected[] = [
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
export const deadly: readonly Inspected[] = [
  { code: `x = ${"not ".repeat(20_000)}1`, says: refused },
  { code: `def run_tests(): return '${"a".repeat(benchmarkLimits.channelBytes)}'`, says: refused },
];
