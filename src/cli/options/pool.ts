import type { Command } from "commander";
import { withExecutor, type ExecutorOptions } from "./executor.ts";
import { miniaturePath } from "./miniature.ts";
import { count, nonNegative, positive, wholeNumber } from "./numbers.ts";

/** Who answers which problems, how often and how. */
export interface PoolOptions extends ExecutorOptions {
  readonly teacher: string;
  readonly problems: string;
  readonly steps: number;
  readonly group: number;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
}

export function withPool(command: Command): Command {
  return withTeacher(withExecutor(command))
    .option("--problems <file.jsonl>", "problems in the benchmark's format", miniaturePath("problems.jsonl"))
    .option("--steps <n>", "problems to draw; one step is one problem", count, 20)
    .option("--group <n>", "rollouts per problem", count, 8)
    .option("--max-new-tokens <n>", "longest completion", count, 768)
    .option("--temperature <x>", "0 takes the most likely token", nonNegative, 0.8)
    .option("--top-k <n>", "keep the k most likely tokens, 0 keeps all", wholeNumber, 0)
    .option("--top-p <x>", "nucleus, 1 keeps all", positive, 1);
}

export function withTeacher(command: Command): Command {
  return command.option(
    "--teacher <dir|hub id>",
    "the hacky teacher: a peft LoRA of the model",
    miniaturePath("teacher"),
  );
}
