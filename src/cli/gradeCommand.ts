import { Command } from "commander";
import { UsageError } from "../errors.ts";
import type { ChosenExecutor } from "../sandbox/chooseExecutor.ts";
import { chosenExecutor, withExecutor } from "./options/executor.ts";
import { gradeCompletions, regradePool, type GradeOptions } from "./gradeRuns.ts";

/** `vhack grade`: verdicts for a file of completions, or a second opinion on a published pool. */
export function gradeCommand(): Command {
  const command = new Command("grade")
    .description(
      "Judge completions in a cage: compiles, foolable grade, strict oracle, hack. One verdict row per completion, in order; resumes.",
    )
    .option(
      "--problems <file.jsonl>",
      "problems in the benchmark's format (not needed when the rows hold an inline problem)",
    )
    .option("--completions <file.jsonl[.gz]>", "rows with problem_id and completion, or with an inline problem")
    .option("--pool <folder>", "instead: recompute hacked for published rollouts and print the agreement")
    .option("--out <file.jsonl>", "where verdict rows go; an existing file is gone on with (default: standard output)");
  return withExecutor(command).action(async (options: GradeOptions) => {
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
  const { chosen, line } = await chosenExecutor(options);
  console.error(line);
  return chosen;
}
