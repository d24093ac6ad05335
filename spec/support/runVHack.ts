import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { vhackCommand } from "./vhackCommand.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What the command line said. */
export interface Ran {
  readonly exitCode: 0 | 1;
  readonly stdout: string;
}

/** Run the command line; a gate that says no (exit code 1) is an answer, anything worse throws. */
export async function runVHack(args: readonly string[]): Promise<Ran> {
  const run = promisify(execFile);
  try {
    const { stdout } = await run(process.execPath, [...vhackCommand, ...args], { cwd: root, maxBuffer: 2 ** 26 });
    return { exitCode: 0, stdout };
  } catch (failure) {
    if (failure instanceof Error && "code" in failure && failure.code === 1 && "stdout" in failure)
      return { exitCode: 1, stdout: String(failure.stdout) };
    throw failure;
  }
}
