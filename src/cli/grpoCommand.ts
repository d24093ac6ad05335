import { Command } from "commander";
import { withGrpo, type GrpoOptions } from "./grpoOptions.ts";
import { runGrpo } from "./runGrpo.ts";
import { startChosenBackend, withRun } from "./options/runOptions.ts";
import { terminalProgress } from "./terminalProgress.ts";

/** `vhack grpo`: the trajectory probe. */
export function grpoCommand(): Command {
  return withGrpo(withRun(new Command("grpo")))
    .description(
      "Phase 2: does the policy gradient push toward hacking, and does the projection slow it? Mixed student and teacher rollouts, Dr.GRPO. Resumes bit for bit.",
    )
    .action(async (options: GrpoOptions) => {
      await startChosenBackend(options);
      await runGrpo(options, terminalProgress(process.stderr));
    });
}
