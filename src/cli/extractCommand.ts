import { basename } from "node:path";
import { Option, Command } from "commander";
import { fileExists } from "../artifact/fileExists.ts";
import { runLayout } from "../artifact/runLayout.ts";
import { alone, withRunLock } from "../artifact/runLock.ts";
import { extractVHack } from "../probe/extract/extractVHack.ts";
import { grpoPairLoss, nllPairLoss } from "../probe/extract/pairGradients.ts";
import type { Progress } from "../probe/progress.ts";
import type { Student } from "../probe/run.ts";
import { withAdapter, type AdapterOptions } from "./options/adapter.ts";
import { startChosenBackend } from "./options/backend.ts";
import { miniaturePath } from "./options/miniature.ts";
import { count, nonNegative, positive } from "./options/numbers.ts";
import { withRun, type RunOptions } from "./options/run.ts";
import { terminalProgress } from "./terminalProgress.ts";
import { withStudent } from "./withStudent.ts";

export interface ExtractOptions {
  readonly pairs: string;
  readonly controlPairs?: string[];
  readonly loss: "nll" | "grpo";
  readonly direction: "mean" | "svd";
  readonly k: number;
  readonly weakRows: number;
  readonly lowestRows: number;
  readonly clip: number;
  readonly maxNewTokens: number;
}

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

/** `vhack extract`: stage 2. */
export function extractCommand(): Command {
  return withExtract(withAdapter(withRun(new Command("extract"))))
    .description(
      "Stage 2: v_hack from contrast pairs, with its negative controls (random, shuffled labels, control pairs).",
    )
    .option("--max-new-tokens <n>", "the GRPO loss's fixed length (--loss grpo)", count, 768)
    .action(async (options: RunOptions & AdapterOptions & ExtractOptions) => {
      const progress = terminalProgress(process.stderr);
      await withRunLock(options.out, alone(`extract ${options.adapter} ${options.loss}`), async () => {
        if (await isKept(options, progress)) return;
        await startChosenBackend(options);
        await withStudent(options, progress, (student) => runExtract(options, student, progress));
      });
    });
}

/** Stage 2 as the command line runs it. */
export async function runExtract(
  options: RunOptions & ExtractOptions,
  student: Student,
  progress: Progress,
): Promise<void> {
  if (await isKept({ ...options, adapter: student.adapter.kind }, progress)) return;
  const { direction, k, weakRows, lowestRows, seed, out, batch } = options;
  await extractVHack(
    { ...student, out, rowsAtOnce: batch, progress },
    { pairs: options.pairs, controls: controlsOf(options) },
    {
      direction,
      k: direction === "mean" ? 1 : k,
      weakRows,
      lowestRows,
      loss: options.loss === "nll" ? nllPairLoss : grpoPairLoss(options.clip, options.maxNewTokens),
      seed,
    },
  );
}

/** Whether v_hack is there already and stays. */
async function isKept(
  {
    out,
    adapter,
    loss,
    overwrite,
  }: Pick<RunOptions & AdapterOptions & ExtractOptions, "out" | "adapter" | "loss" | "overwrite">,
  progress: Progress,
): Promise<boolean> {
  const path = runLayout(out, adapter).vHack(loss);
  if (overwrite || !(await fileExists(path))) return false;
  progress.note(`${path} is there already and is kept; --overwrite extracts it again`);
  return true;
}

/** The control pairs that belong to the pairs in use, by name. */
function controlsOf({ pairs, controlPairs }: ExtractOptions): Map<string, string> {
  const isMiniature = pairs === miniaturePath("pairs.jsonl");
  const files = controlPairs ?? (isMiniature ? miniatureControls : []);
  return new Map(files.map((file) => [basename(file).replace(/\.jsonl(\.gz)?$/, ""), file]));
}
