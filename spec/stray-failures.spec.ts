import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const vhack = fileURLToPath(new URL("../bin/vhack.js", import.meta.url));

/** Code that runs inside the command's process as soon as the command has begun: it listens for Ctrl-C by then. */
function onceBegun(code: string): string {
  return `data:text/javascript,${encodeURIComponent(
    `const timer = setInterval(() => { if (process.listenerCount("SIGINT") > 0) { clearInterval(timer); ${code} } }, 1);`,
  )}`;
}

function chainWith(preload: string): Promise<{ code: unknown; said: string }> {
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ["--import", preload, vhack, "chain", "--out", "/proc/self/nowhere"],
      { timeout: 60_000 },
      (failure, stdout, stderr) => resolve({ code: failure?.code ?? 0, said: stdout + stderr }),
    ),
  );
}

const strays: Record<string, string> = {
  "a rejection that nobody awaits": `Promise.reject(new Error("stray"));`,
  "an exception in a callback": `throw new Error("stray");`,
  "an error event without a listener": `process.emit("error", new Error("stray"));`,
};

// ELSE a crash reads as a failed requirement: exit code 1
describe("vhack: a failure outside the command's own promise", () => {
  it.each(Object.entries(strays))("%s -> exit code 3 and one line that names it", async (_, code) => {
    const { code: exitCode, said } = await chainWith(onceBegun(code));
    expect(said).toMatch(/^vhack: this failure was not foreseen.* Error: stray$/m);
    expect(exitCode).toBe(3);
  });

  it("a module that does not load -> exit code 3", async () => {
    const hook = `export const resolve = (name, context, next) => next(name.includes("commandExamples") ? "./nowhere.js" : name, context)`;
    const { code, said } = await chainWith(
      `data:text/javascript,${encodeURIComponent(
        `import { register } from "node:module"; register("data:text/javascript,${encodeURIComponent(hook)}");`,
      )}`,
    );
    expect(said).toMatch(/^vhack: expected the program to load/m);
    expect(code).toBe(3);
  });
});
