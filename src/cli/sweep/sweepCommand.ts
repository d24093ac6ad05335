import { Command, Option } from "commander";
import { alone, withRunLock } from "../../artifact/runLock.ts";
import { sweepSummary } from "../../uat/phase2/sweepSummary.ts";
import { readCells, runSweep, sweepTable, type SweepExecutor } from "./runSweep.ts";
import { count } from "../options/numbers.ts";
import { readSweep } from "./sweepFile.ts";

interface SweepOptions {
  readonly executor: SweepExecutor;
  readonly jobs: number;
  readonly dryRun?: true;
  readonly table?: true;
}

/** `vhack sweep`: arms x seeds from one file. */
export function sweepCommand(): Command {
  return new Command("sweep")
    .description(
      "Phase 2: arms x seeds of `vhack grpo` from one YAML file, here in sequence or on a scheduler; mean and standard error over seeds. Resumes.",
    )
    .argument("<file.yaml>", "out, arms, seeds, and flags for grpo, extract and single arms")
    .addOption(new Option("--executor <name>", "where cells run").choices(["local", "slurm", "pueue"]).default("local"))
    .option("--jobs <n>", "cells at once, --executor local", count, 1)
    .option("--dry-run", "print what would run, run nothing")
    .option("--table", "only print the table of what is finished")
    .action(async (file: string, { executor, jobs, dryRun, table }: SweepOptions) => {
      const sweep = await readSweep(file);
      if (table) {
        console.log(sweepTable(sweepSummary(await readCells(sweep))));
        return;
      }
      const run = () => runSweep(sweep, { executor, jobs, dryRun: dryRun ?? false }, (line) => console.error(line));
      if (executor === "local" && !dryRun) await withRunLock(sweep.out, alone("sweep"), run);
      else await run();
    });
}
