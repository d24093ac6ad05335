import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { shellQuote } from "./shellQuote.ts";

/** One command line, without `vhack` in front. */
export type Argv = readonly string[];

/** How this program starts itself. */
export const vhack = [process.execPath, fileURLToPath(new URL("../../bin/vhack.js", import.meta.url))];

/**
 * Run commands of this program in processes of their own, in order, at most `jobs` at once; none is started after a failure.
 *
 * @returns the first exit code that is not 0, else 0; the failed command has said why
 */
export async function runCommands(
  commands: readonly Argv[],
  jobs: number,
  note: (line: string) => void,
): Promise<number> {
  let failed = 0;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (failed === 0 && next < commands.length) {
      const exitCode = await run(commands[next++]!, note);
      if (failed === 0) failed = exitCode;
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return failed;
}

function run(argv: Argv, note: (line: string) => void): Promise<number> {
  note(shellQuote(["vhack", ...argv]));
  return new Promise((resolve, reject) => {
    const child = spawn(vhack[0]!, [...vhack.slice(1), ...argv], { stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 3)));
  });
}
