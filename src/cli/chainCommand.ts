import { Command } from "commander";
import { withControls, withExtract } from "./extractCommand.ts";
import { withReplay } from "./replayCommand.ts";
import type { ExtractOptions } from "./runExtract.ts";
import { runExtract } from "./runExtract.ts";
import {
  startChosenBackend,
  withAdapter,
  withPool,
  withRun,
  type AdapterOptions,
  type PoolOptions,
  type RunOptions,
} from "./options/runOptions.ts";
import { runReplay, type ReplayOptions } from "./runReplay.ts";
import { runTeacherPool } from "./runTeacherPool.ts";
import { runUat, type UatOptions } from "./runUat.ts";
import { terminalProgress } from "./terminalProgress.ts";

type ChainOptions = RunOptions &
  AdapterOptions &
  PoolOptions &
  Omit<ExtractOptions, "controlPairs"> & { controlPairs?: string[] } & Omit<ReplayOptions, "arm"> &
  Pick<UatOptions, "strict" | "json">;

/** `vhack chain`: the whole gate. */
export function chainCommand(): Command {
  return withReplay(withExtract(withAdapter(withPool(withRun(new Command("chain"))))))
    .description(
      "All stages in order: teacher-pool, extract, replay vanilla, replay projected, uat. Resumes; exit code 0 only if R1 to R4 pass.",
    )
    .option("--no-strict", "let a pass that is not specific to v_hack open the gate")
    .option("--json", "the verdicts as JSON")
    .action(async (options: ChainOptions) => {
      const progress = terminalProgress(process.stderr);
      await startChosenBackend(options);
      await runTeacherPool(options, progress);
      await runExtract(withControls(options), progress);
      await runReplay({ ...options, arm: "vanilla" }, progress);
      await runReplay({ ...options, arm: "projected" }, progress);
      if (!(await runUat(options))) process.exitCode = 1;
    });
}
