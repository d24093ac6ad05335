import { Command, Option } from "commander";
import { nonNegative, positive } from "./options/numbers.ts";
import {
  startChosenBackend,
  withAdapter,
  withRun,
  type AdapterOptions,
  type RunOptions,
} from "./options/runOptions.ts";
import { gates } from "../projection/gates.ts";
import { runReplay, type ReplayOptions } from "./runReplay.ts";
import { terminalProgress } from "./terminalProgress.ts";

export function withReplay(command: Command): Command {
  return command
    .option("--v-hack-path <file>", "v_hack to measure and project with (default: the adapter's own in OUT/vhack)")
    .addOption(
      new Option("--gate <name>", "what is removed: the hack-ward part, the whole component, or twice the component")
        .choices(Object.keys(gates))
        .default("one_sided"),
    )
    .option("--overshoot <x>", "scales what is removed: 1 removes, 1.1 reverses by a tenth", nonNegative, 1)
    .option("--preserve-magnitude", "rescale what is left to the gradient's norm")
    .option("--lr <x>", "learning rate of AdamW", positive, 1e-3);
}

/** `vhack replay`: stage 3. */
export function replayCommand(): Command {
  return withReplay(withAdapter(withRun(new Command("replay"))))
    .description(
      "Stage 3: replay the pool by NLL; per-sample cosines with v_hack, projection, AdamW. Resumes bit for bit.",
    )
    .addOption(
      new Option("--arm <name>", "vanilla only measures, projected removes")
        .choices(["vanilla", "projected"])
        .makeOptionMandatory(),
    )
    .action(async (options: RunOptions & AdapterOptions & ReplayOptions) => {
      await startChosenBackend(options);
      await runReplay(options, terminalProgress(process.stderr));
    });
}
