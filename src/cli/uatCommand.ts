import { Command, Option } from "commander";
import { adapterNames, defaultAdapter } from "../artifact/runLayout.ts";
import { integer } from "./options/numbers.ts";
import { runUat, type UatOptions } from "./runUat.ts";

/** `vhack uat`: the gate's answer. */
export function uatCommand(): Command {
  return new Command("uat")
    .description("Judge R1 to R4 on the artifacts of --out. Exit code 0 only if all pass.")
    .option("--out <dir>", "artifacts folder", "out")
    .option("--seed <n>", "seed of the replays", integer, 41)
    .addOption(
      new Option("--adapter <name>", "whose replays and v_hack R1 to R4 judge")
        .choices([...adapterNames])
        .default(defaultAdapter),
    )
    .option("--v-hack-path <file>", "judge this v_hack on the stored gradients instead")
    .option("--no-strict", "let a pass that is not specific to v_hack open the gate")
    .option("--phase2", "R5 to R7 must be there and answered, too (a clean no to R6 is an answer)")
    .option("--side-by-side", "T4, cosines, drift and trajectories of both adapters")
    .option("--json", "the verdicts as JSON")
    .action(async (options: UatOptions) => {
      if (!(await runUat(options))) process.exitCode = 1;
    });
}
