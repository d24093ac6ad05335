import { Command, CommanderError } from "commander";
import { acceptVHackCommand } from "./cli/acceptVHackCommand.ts";
import { commandExamples } from "./cli/commandExamples.ts";
import { chainCommand } from "./cli/chainCommand.ts";
import { compareVHackCommand } from "./cli/compareVHackCommand.ts";
import { extractCommand } from "./cli/extractCommand.ts";
import { generateCommand } from "./cli/generateCommand.ts";
import { gradeCommand } from "./cli/gradeCommand.ts";
import { grpoCommand } from "./cli/grpoCommand.ts";
import { miniatureCommand } from "./cli/miniatureCommand.ts";
import { phase2Command } from "./cli/phase2Command.ts";
import { replayCommand } from "./cli/replayCommand.ts";
import { scoreCommand } from "./cli/scoreCommand.ts";
import { sweepCommand } from "./cli/sweepCommand.ts";
import { teacherPoolCommand } from "./cli/teacherPoolCommand.ts";
import { uatCommand } from "./cli/uatCommand.ts";
import { exitCodeOf, ProbeError } from "./errors.ts";
import { softwareVersion } from "./probe/softwareVersion.ts";

const program = new Command("vhack")
  .description("A cheap falsification gate for gradient projection against reward hacking.")
  .version(softwareVersion)
  .addHelpText("after", "\nExit codes: 0 all requirements pass, 1 one fails, 2 usage or configuration, 3 could not measure, 130 interrupted (run again to resume).\nEvery command says more under --help. Without flags, models and data are the embedded miniature's.");
const commands = [
  chainCommand(), teacherPoolCommand(), extractCommand(), replayCommand(), uatCommand(), grpoCommand(), sweepCommand(), phase2Command(),
  compareVHackCommand(), acceptVHackCommand(), generateCommand(), scoreCommand(), gradeCommand(), miniatureCommand(),
];
for (const command of commands) {
  command.exitOverride().configureHelp({ helpWidth: 110 }).addHelpText("after", commandExamples[command.name()] ?? "");
  program.addCommand(command);
}
program.exitOverride().configureHelp({ helpWidth: 110 });

/** A defect of this program is not a failed requirement: nothing was measured. */
const unforeseen = 3;

process.once("SIGINT", () => {
  console.error("interrupted: finished steps are kept, the same command goes on from there");
  process.exit(130);
});

try {
  await program.parseAsync();
} catch (failure) {
  if (failure instanceof CommanderError) process.exit(failure.exitCode === 0 ? 0 : exitCodeOf.E_USAGE);
  if (failure instanceof ProbeError) {
    console.error(`vhack: ${failure.code}: ${failure.message}`);
    process.exit(exitCodeOf[failure.code]);
  }
  console.error("vhack: this failure was not foreseen; please report it with the command and these lines:", failure);
  process.exit(unforeseen);
}
