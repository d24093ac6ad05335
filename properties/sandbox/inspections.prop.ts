import fc from "fast-check";
import { afterAll, beforeAll, describe, it } from "vitest";
import { inspectCode } from "../../src/environment/inspectCode.ts";
import { benchmarkLimits } from "../../src/sandbox/limits.ts";
import { PyodideExecutor } from "../../src/sandbox/pyodideExecutor.ts";
import { type Inspected, inspectionsLaws } from "./inspections.laws.ts";

const texts: readonly Inspected[] = [
  { code: "x = 1", compiles: true },
  { code: "x =", compiles: false },
  { code: "x = 1\0", compiles: false },
  { code: "x = '\ud800'", compiles: false },
  { code: "from __future__ import annotations\nx: undefined = 1", compiles: true },
  { code: "def f(): await g()", compiles: false },
  { code: `x = ${"(".repeat(3000)}1${")".repeat(3000)}`, compiles: false },
  { code: "x = 9 ** 9 ** 7", compiles: true },
];
/** The compiler's stack ends before this text does, and the interpreter with it. */
const deadly: Inspected = { code: `x = ${"not ".repeat(20_000)}1`, compiles: false };

describe("inspections of PyodideExecutor", () => {
  let executor: PyodideExecutor;
  beforeAll(() => {
    executor = new PyodideExecutor(benchmarkLimits, 1);
  });
  afterAll(() => executor.close());

  // ELSE one rollout's text decides whether another's compiles, and with it the reward
  it("each text is answered as it would be alone, also after one that brings the interpreter down", () =>
    fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...texts]), fc.shuffledSubarray([...texts]), (before, after) =>
        inspectionsLaws.answersEachAlone(async (code) => (await inspectCode(executor, code)).canCompile, [...before, deadly, ...after]),
      ),
      { numRuns: 4 },
    ));
});
