import { Command } from "commander";
import { alone, withRunLock } from "../artifact/runLock.ts";
import { runExtract, withExtract, type ExtractOptions } from "./extractCommand.ts";
import { withAdapter, type AdapterOptions } from "./options/adapter.ts";
import { startChosenBackend } from "./options/backend.ts";
import { withPool, type PoolOptions } from "./options/pool.ts";
import { withRun, type RunOptions } from "./options/run.ts";
import { runReplay, withReplay, type ReplayOptions } from "./replayCommand.ts";
import { runTeacherPool } from "./teacherPoolCommand.ts";
import { terminalProgress } from "./terminalProgress.ts";
import { runUat, type UatOptions } from "./uatCommand.ts";
import { withStudent } from "./withStudent.ts";

type ChainOptions = RunOptions &
  AdapterOptions &
  PoolOptions &
  ExtractOptions &
  Omit<ReplayOptions, "arm"> &
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
      await withRunLock(options.out, alone("chain"), async () => {
        await runTeacherPool(options, progress);
        await withStudent(options, progress, async (student) => {
          await runExtract(options, student, progress);
          await runReplay({ ...options, arm: "vanilla" }, student, progress);
          await runReplay({ ...options, arm: "projected" }, student, progress);
        });
        if (!(await runUat(options))) process.exitCode = 1;
      });
    });
}
