import fc from "fast-check";
import { expect } from "vitest";
import { inspectCode } from "../../src/environment/inspectCode.ts";
import { anyPython } from "../../src/sandbox/findPython.ts";
import { benchmarkLimits } from "../../src/sandbox/limits.ts";
import { PyodideExecutor } from "../../src/sandbox/pyodideExecutor.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { compiled, deadly, refused, texts, type Inspected } from "./inspectedTexts.ts";

type Inspect = (code: string) => Promise<Inspected["says"]>;
type Open = () => { readonly inspect: Inspect; close(): Promise<void> };

const openPyodide: Open = () => {
  const executor = new PyodideExecutor(benchmarkLimits, 1, anyPython);
  return { inspect: (code) => inspectCode(executor, code), close: () => executor.close() };
};

const good = { code: "x = 1", says: compiled };
const bad = { code: "x =", says: refused };
/** Compiles as in one process: what a text leaves there is there for the next. */
const inOneProcess =
  (leaves: (left: boolean, compiles: boolean) => boolean): Open =>
  () => {
    let left = true;
    const inspect: Inspect = async (code) => ({
      canCompile: (left = leaves(left, code === good.code)),
      runTests: null,
    });
    return { inspect, close: async () => {} };
  };

lawsOf<Open>("inspections of PyodideExecutor", openPyodide, (law) => {
  law("answer each text as it would be alone, also after one that brings the interpreter down", {
    else: "one rollout's text decides whether another's compiles, and with it the reward",
    for: [fc.shuffledSubarray([...texts]), fc.constantFrom(...deadly), fc.shuffledSubarray([...texts])],
    holds: async (open, before, end, after) => {
      const { inspect, close } = open();
      try {
        for (const { code, says } of [...before, end, ...after])
          expect(await inspect(code), `${code.slice(0, 30)} (${code.length} characters)`).toMatchObject(says);
      } finally {
        await close();
      }
    },
    rejects: {
      "an interpreter that stays down": [inOneProcess((up, compiles) => up && compiles), [good], bad, [good]],
      "the answer of the text before": [inOneProcess((before) => before), [good], bad, []],
    },
    examples: deadly.map((end): [Inspected[], Inspected, Inspected[]] => [[], end, [...texts]]),
    numRuns: 3,
  });
});
