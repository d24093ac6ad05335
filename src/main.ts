import { Command, CommanderError } from "commander";
import { commandExamples } from "./cli/commandExamples.ts";
import { exitCodeOf, ProbeError } from "./errors.ts";
import { softwareVersion } from "./probe/softwareVersion.ts";

const program = new Command("vhack")
  .description("A cheap falsification gate for gradient projection against reward hacking.")
  .version(softwareVersion)
  .addHelpText(
    "after",
    "\nExit codes: 0 all requirements pass, 1 one fails, 2 usage or configuration, 3 could not measure, 130 interrupted (run again to resume).\nEvery command says more under --help. Without flags, models and data are the embedded miniature's.",
  );

/** Only the asked command is loaded: most of a short run's time is loading. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  chain: async () => (await import("./cli/chainCommand.ts")).chainCommand(),
  "teacher-pool": async () => (await import("./cli/teacherPoolCommand.ts")).teacherPoolCommand(),
  extract: async () => (await import("./cli/extractCommand.ts")).extractCommand(),
  replay: async () => (await import("./cli/replayCommand.ts")).replayCommand(),
  uat: async () => (await import("./cli/uatCommand.ts")).uatCommand(),
  grpo: async () => (await import("./cli/grpoCommand.ts")).grpoCommand(),
  sweep: async () => (await import("./cli/sweep/sweepCommand.ts")).sweepCommand(),
  phase2: async () => (await import("./cli/phase2Command.ts")).phase2Command(),
  "compare-vhack": async () => (await import("./cli/compareVHackCommand.ts")).compareVHackCommand(),
  "accept-vhack": async () => (await import("./cli/acceptVHackCommand.ts")).acceptVHackCommand(),
  generate: async () => (await import("./cli/generateCommand.ts")).generateCommand(),
  score: async () => (await import("./cli/scoreCommand.ts")).scoreCommand(),
  grade: async () => (await import("./cli/gradeCommand.ts")).gradeCommand(),
  miniature: async () => (await import("./cli/miniatureCommand.ts")).miniatureCommand(),
};
const asked = process.argv[2] ?? "";

/** A failure outside the command's own promise (a callback, a promise that nobody awaits) measured nothing either. */
process.on("uncaughtException", endStray);
process.on("unhandledRejection", endStray);
process.once("SIGINT", () => {
  console.error("interrupted: finished steps are kept, the same command goes on from there");
  process.exit(130);
});

try {
  for (const load of Object.hasOwn(commands, asked) ? [commands[asked]!] : Object.values(commands)) {
    const command = await load();
    command
      .exitOverride()
      .configureHelp({ helpWidth: 110 })
      .addHelpText("after", commandExamples[command.name()] ?? "");
    program.addCommand(command);
  }
  await program.exitOverride().configureHelp({ helpWidth: 110 }).parseAsync();
} catch (failure) {
  if (failure instanceof CommanderError) process.exit(failure.exitCode === 0 ? 0 : exitCodeOf.E_USAGE);
  if (failure instanceof ProbeError) {
    console.error(`vhack: ${failure.code}: ${failure.message}`);
    process.exit(exitCodeOf[failure.code]);
  }
  endStray(failure);
}

/** 1 is a failed requirement: a failure that this program does not foresee ends with 3, could not measure. */
function endStray(failure: unknown): never {
  if (failure instanceof ProbeError) console.error(`vhack: ${failure.code}: ${failure.message}`);
  else
    console.error("vhack: this failure was not foreseen; please report it with the command and these lines:", failure);
  process.exit(3);
}
