import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspectCode } from "../../src/environment/inspectCode.ts";
import { anyPython } from "../../src/sandbox/findPython.ts";
import { benchmarkLimits } from "../../src/sandbox/limits.ts";
import { PyodideExecutor } from "../../src/sandbox/pyodideExecutor.ts";
import { deadly, texts } from "./inspectedTexts.ts";

describe("inspections of PyodideExecutor", () => {
  let executor: PyodideExecutor;
  beforeAll(() => {
    executor = new PyodideExecutor(benchmarkLimits, 1, anyPython);
  });
  afterAll(() => executor.close());

  it("answer each text as it would be alone, also when a worn reader is replaced", async () => {
    for (const { code, says } of Array.from({ length: 12 }, () => texts).flat())
      expect(await inspectCode(executor, code)).toMatchObject(says);
  });

  it("do bring the interpreter down with the deadly texts", async () => {
    for (const { code } of deadly) expect((await executor.run({ kind: "inspect", code })).end.how).not.toBe("exited");
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
