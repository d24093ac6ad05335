import { Option, Command } from "commander";
import { count, nonNegative, positive } from "./options/numbers.ts";
import {
  miniaturePath,
  startChosenBackend,
  withAdapter,
  withRun,
  type AdapterOptions,
  type RunOptions,
} from "./options/runOptions.ts";
import { runExtract, type ExtractOptions } from "./runExtract.ts";
import { terminalProgress } from "./terminalProgress.ts";

/** Pairs that should give no verdict, beside the miniature's own pairs. */
const miniatureControls = ["pairs_matched_body", "pairs_clean_clean"].map((name) =>
  miniaturePath(`controls/${name}.jsonl`),
);

export function withExtract(command: Command): Command {
  return command
    .option(
      "--pairs <file.jsonl>",
      "contrast pairs: same prompt, a completion that hacks and one that does not",
      miniaturePath("pairs.jsonl"),
    )
    .option(
      "--control-pairs <file.jsonl...>",
      "pairs that must not discriminate; each becomes a control beside v_hack (default: the miniature's controls where --pairs is the miniature's)",
    )
    .addOption(new Option("--loss <name>", "whose gradients are contrasted").choices(["nll", "grpo"]).default("nll"))
    .addOption(
      new Option("--direction <name>", "unit mean of the differences, or their top right singular vectors")
        .choices(["mean", "svd"])
        .default("mean"),
    )
    .option("--k <n>", "directions per module, with --direction svd", count, 1)
    .option("--weak-rows <x>", "drop rows with S_i / S_0 under this, 0 drops none", nonNegative, 0)
    .option("--lowest-rows <x>", "drop this lowest fraction of all rows of all modules, 0 drops none", nonNegative, 0)
    .option("--clip <x>", "clip of the GRPO loss (--loss grpo)", positive, 0.2);
}

/** The control pairs that belong to the pairs in use. */
export function withControls<Options extends { pairs: string; controlPairs?: string[] }>(
  options: Options,
): Options & { controlPairs: string[] } {
  const isMiniature = options.pairs === miniaturePath("pairs.jsonl");
  return { ...options, controlPairs: options.controlPairs ?? (isMiniature ? miniatureControls : []) };
}

/** `vhack extract`: stage 2. */
export function extractCommand(): Command {
  return withExtract(withAdapter(withRun(new Command("extract"))))
    .description(
      "Stage 2: v_hack from contrast pairs, with its negative controls (random, shuffled labels, control pairs).",
    )
    .option("--max-new-tokens <n>", "the GRPO loss's fixed length (--loss grpo)", count, 768)
    .action(
      async (
        options: RunOptions & AdapterOptions & Omit<ExtractOptions, "controlPairs"> & { controlPairs?: string[] },
      ) => {
        await startChosenBackend(options);
        await runExtract(withControls(options), terminalProgress(process.stderr));
      },
    );
}
