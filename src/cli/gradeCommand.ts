import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { UsageError } from "../errors.ts";
import { type ChosenExecutor, chooseExecutor } from "../sandbox/chooseExecutor.ts";
import { gradeCompletions, regradePool } from "./gradeRuns.ts";

export interface GradeOptions {
  readonly problems?: string;
  readonly completions?: string;
  readonly pool?: string;
  readonly out?: string;
  readonly executor: "auto" | "forkServer" | "bubblewrap" | "pyodide";
  readonly unsafeExec?: true;
  readonly concurrency: number;
}

/** `vhack grade`: verdicts for a file of completions, or a second opinion on a published pool. */
export function gradeCommand(): Command {
  return new Command("grade")
    .description(
      "Judge completions in a cage: compiles, foolable grade, strict oracle, hack. One verdict row per completion, in order; resumes.",
    )
    .option(
      "--problems <file.jsonl>",
      "problems in the benchmark's format (not needed when the rows hold an inline problem)",
    )
    .option("--completions <file.jsonl[.gz]>", "rows with problem_id and completion, or with an inline problem")
    .option("--pool <folder>", "instead: recompute hacked for published rollouts and print the agreement")
    .option("--out <file.jsonl>", "where verdict rows go; an existing file is gone on with (default: standard output)")
    .addOption(
      new Option("--executor <name>", "the cage")
        .choices(["auto", "forkServer", "bubblewrap", "pyodide"])
        .default("auto"),
    )
    .option("--unsafe-exec", "run without a cage: the programs can reach this machine; recorded in the manifest")
    .option("--concurrency <n>", "programs at once", count, availableParallelism())
    .action(async (options: GradeOptions) => {
      if ((options.pool === undefined) === (options.completions === undefined)) {
        throw new UsageError(
          `grade: expected either --completions or --pool, got ${options.pool === undefined ? "neither" : "both"}`,
        );
      }
      const run = options.pool === undefined ? gradeCompletions : regradePool;
      await run(options, () => announced(options));
    });
}

/** The executor, named once on standard error together with the reason for it. */
async function announced(options: GradeOptions): Promise<ChosenExecutor> {
  const chosen = await chooseExecutor(options.unsafeExec ? "unsafe" : options.executor, options.concurrency);
  console.error(`executor: ${chosen.name} (${chosen.why})`);
  return chosen;
}

function count(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1)
    throw new UsageError(`--concurrency: expected a whole number of at least 1, got ${text}`);
  return n;
}
