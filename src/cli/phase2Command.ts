import { Command } from "commander";
import { alone, withRunLock } from "../artifact/runLock.ts";
import { runCommands, type Argv } from "./runCommands.ts";
import { defaultCache } from "./options/cache.ts";
import { count, integer } from "./options/numbers.ts";

interface Phase2Options {
  readonly out: string;
  readonly seed: number;
  readonly updates: number;
  readonly jobs: number;
  readonly cache: string;
}

/** LoRA knobs of the miniature: an eighth of its width, scaled as the teacher's. */
const lora = ["--adapter", "lora", "--lora-rank", "8", "--lora-alpha", "16"];

/**
 * Everything of phase 2 in the miniature, in groups of commands that need only the groups before: pool and extractions,
 * replays and teacher rows, trajectories.
 */
function phase2Commands({ out, seed, updates, cache }: Omit<Phase2Options, "jobs">): Argv[][] {
  const run = ["--out", out, "--seed", String(seed), "--cache", cache];
  const short = ["--max-new-tokens", "190"];
  const grpo = (arm: string, ...more: string[]) => [
    "grpo",
    "--arm",
    arm,
    ...run,
    ...short,
    "--steps",
    String(updates),
    "--batch",
    "64",
    ...trial,
    ...more,
  ];
  return [
    // the last one usually finds the weight SVDs that the first has made
    [
      ["extract", ...run],
      ["extract", ...lora, ...run],
      ["teacher-pool", "--steps", "20", ...run, ...short],
      ["extract", "--loss", "grpo", ...short, ...run],
    ],
    [
      ...["vanilla", "projected"].flatMap((arm) => [
        ["replay", "--arm", arm, ...run],
        ["replay", "--arm", arm, ...lora, ...run],
      ]),
      grpo("vanilla", "--teacher-only"),
    ],
    [
      grpo("vanilla"),
      grpo("projected"),
      grpo("random_v"),
      grpo("vanilla_lora", ...lora.slice(2), ...loraStep),
      grpo("projected_lora", ...lora.slice(2), ...loraStep),
    ],
  ];
}

/** Smaller evaluations than the default's. */
const trial = ["--eval-problems", "24"];
/** Learning rates were chosen on seed 7 by the vanilla arms: the default for AntiPaSTO to learn without breaking, LoRA's to match it. docs/findings.md. */
const loraStep = ["--lr", "0.0019", "--clip-grad-norm", "0.05"];

/** `vhack phase2`: R5 to R7 in the miniature. */
export function phase2Command(): Command {
  return new Command("phase2")
    .description(
      "Phase 2 in the miniature, one seed: pool, v_hack of both losses and adapters, replays, trajectories of all arms, then uat --phase2. Resumes.",
    )
    .option("--out <dir>", "artifacts folder", "out/phase2")
    .option("--seed <n>", "seed of everything random", integer, 41)
    .option("--updates <n>", "updates of each trajectory", count, 15)
    .option("--jobs <n>", "processes at once, a gigabyte each", count, 3)
    .option("--cache <dir>", "where weight SVDs are cached", defaultCache)
    .action(async ({ jobs, ...options }: Phase2Options) => {
      const note = (line: string) => console.error(line);
      await withRunLock(options.out, alone("phase2"), async () => {
        for (const group of phase2Commands(options)) {
          process.exitCode = await runCommands(group, jobs, note);
          if (process.exitCode !== 0) return;
        }
      });
      if (process.exitCode !== 0) return;
      process.exitCode = await runCommands(
        [["uat", "--phase2", "--side-by-side", "--out", options.out, "--seed", String(options.seed)]],
        1,
        note,
      );
    });
}
