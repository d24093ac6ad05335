import { Command } from "commander";
import { startChosenBackend, withPool, withRun, type PoolOptions, type RunOptions } from "./options/runOptions.ts";
import { runTeacherPool } from "./runTeacherPool.ts";
import { terminalProgress } from "./terminalProgress.ts";

/** `vhack teacher-pool`: stage 1. */
export function teacherPoolCommand(): Command {
  return withPool(withRun(new Command("teacher-pool")))
    .description(
      "Stage 1: the hacky teacher answers problems with the loophole hinted; every answer is graded in a cage. Resumes.",
    )
    .action(async (options: RunOptions & PoolOptions) => {
      await startChosenBackend(options);
      await runTeacherPool(options, terminalProgress(process.stderr));
    });
}
