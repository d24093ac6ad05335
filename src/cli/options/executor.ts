import { availableParallelism } from "node:os";
import { Option, type Command } from "commander";
import { type ChosenExecutor, chooseExecutor, describeChoice } from "../../sandbox/chooseExecutor.ts";
import type { ExecutorName } from "../../sandbox/executor.ts";
import { count } from "./numbers.ts";

/** Where and by which Python model-written code runs. */
export interface ExecutorOptions {
  readonly executor: "auto" | Exclude<ExecutorName, "unsafe">;
  readonly python?: string;
  readonly pythonPackages?: string;
  readonly unsafeExec?: true;
  readonly concurrency: number;
}

export function withExecutor(command: Command): Command {
  return command
    .addOption(
      new Option("--executor <name>", "sandbox for model-written Python")
        .choices(["auto", "forkServer", "bubblewrap", "pyodide"])
        .default("auto"),
    )
    .option("--python <file>", "interpreter for it (default: the newest python3 of the system)")
    .option("--python-packages <dir>", "packages that it may import, read-only (pip install --target <dir> ...)")
    .option("--unsafe-exec", "run it without a sandbox: it can reach this machine; recorded in every manifest")
    .option("--concurrency <n>", "programs at once", count, availableParallelism());
}

/** The executor that the flags name, and the line that says which and why. */
export async function chosenExecutor(options: ExecutorOptions): Promise<{ chosen: ChosenExecutor; line: string }> {
  const python = { executable: options.python ?? null, packages: options.pythonPackages ?? null };
  const wanted = options.unsafeExec ? "unsafe" : options.executor;
  const chosen = await chooseExecutor(wanted, options.concurrency, python);
  return { chosen, line: `executor: ${describeChoice(chosen)}` };
}
