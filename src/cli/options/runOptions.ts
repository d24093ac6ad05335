import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Option, type Command } from "commander";
import { adapterNames, defaultAdapter, type AdapterName } from "../../artifact/runLayout.ts";
import type { AdapterChoice } from "../../probe/openAdapter.ts";
import { backendNames, defaultMemoryBytes, startBackend, type BackendName } from "../../tensor/backend.ts";
import { count, integer, nonNegative, positive, wholeNumber } from "./numbers.ts";
import { withExecutor, type ExecutorOptions } from "./executor.ts";

/** Weight SVDs are kept across runs. */
export const defaultCache = join(homedir(), ".cache", "vhack");

const miniature = fileURLToPath(new URL("../../../fixtures/miniature/", import.meta.url));

/** Where the embedded miniature lies: the default of every model and data flag. */
export const miniaturePath = (name: string): string => join(miniature, name);

export interface BackendOptions {
  readonly backend: BackendName;
  readonly memoryGib: number;
  readonly blas: boolean;
  readonly tensorflowFolder?: string;
}

export interface ModelOptions extends BackendOptions {
  readonly model: string;
  readonly offline?: true;
}

export interface RunOptions extends ModelOptions {
  readonly seed: number;
  readonly out: string;
  readonly batch: number;
  readonly cache: string;
  readonly overwrite?: true;
}

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

export function withBackend(command: Command): Command {
  return command
    .addOption(new Option("--backend <name>", "tensor backend").choices([...backendNames]).default("wasm"))
    .option(
      "--no-blas",
      "wasm only: multiply with XNNPACK even where the system has a BLAS (slower; the same bytes on every machine)",
    )
    .option("--memory-gib <n>", "tensor memory budget, GiB", positive, defaultMemoryBytes / 2 ** 30)
    .option(
      "--tensorflow-folder <dir>",
      "folder where @tensorflow/tfjs-node-gpu or tfjs-node is installed (--backend tensorflow)",
    );
}

export function withModel(command: Command): Command {
  return withBackend(command)
    .option("--model <dir|hub id>", "Qwen3 student in Hugging Face form", miniaturePath("student"))
    .option("--offline", "never download; only local folders and the Hugging Face cache");
}

export function withRun(command: Command): Command {
  return withModel(command)
    .option("--seed <n>", "seed of everything random", integer, 41)
    .option("--out <dir>", "artifacts folder", "out")
    .option("--batch <rows>", "rows per forward pass", count, 40)
    .option("--cache <dir>", "where weight SVDs are cached", defaultCache)
    .option("--overwrite", "make finished steps again");
}

export interface AdapterOptions {
  readonly adapter: AdapterName;
  readonly loraRank: number;
  readonly loraAlpha: number;
  readonly loraBStd: number;
  readonly loraSeed: number;
}

export function withAdapter(command: Command): Command {
  return command
    .addOption(
      new Option("--adapter <name>", "which knobs are trained").choices([...adapterNames]).default(defaultAdapter),
    )
    .option("--lora-rank <n>", "rank of the LoRA", count, 32)
    .option("--lora-alpha <x>", "alpha of the LoRA: its product is scaled by alpha / rank", positive, 64)
    .option(
      "--lora-b-std <x>",
      "standard deviation of B at the start; 0 is peft's start, where A has no gradient",
      nonNegative,
      0.01,
    )
    .option("--lora-seed <n>", "seed of the LoRA's start: v_hack means something for this start only", integer, 0);
}

/** The adapter that the flags name. */
export function adapterChoice({ adapter, loraRank, loraAlpha, loraBStd, loraSeed }: AdapterOptions): AdapterChoice {
  if (adapter === "antipasto") return { kind: "antipasto" };
  return { kind: "lora", rank: loraRank, alpha: loraAlpha, bStd: loraBStd, seed: loraSeed };
}

export function withPool(command: Command): Command {
  return withExecutor(command)
    .option("--teacher <dir|hub id>", "the hacky teacher: a peft LoRA of the model", miniaturePath("teacher"))
    .option("--problems <file.jsonl>", "problems in the benchmark's format", miniaturePath("problems.jsonl"))
    .option("--steps <n>", "problems to draw; one step is one problem", count, 20)
    .option("--group <n>", "rollouts per problem", count, 8)
    .option("--max-new-tokens <n>", "longest completion", count, 768)
    .option("--temperature <x>", "0 takes the most likely token", nonNegative, 0.8)
    .option("--top-k <n>", "keep the k most likely tokens, 0 keeps all", wholeNumber, 0)
    .option("--top-p <x>", "nucleus, 1 keeps all", positive, 1);
}

/** Start the chosen backend and return its memory budget. */
export function startChosenBackend({ backend, memoryGib, tensorflowFolder, blas }: BackendOptions) {
  const choice = { name: backend, memoryBytes: memoryGib * 2 ** 30, tensorflowFolder: tensorflowFolder ?? null };
  return startBackend(blas ? choice : { ...choice, blas: "off" });
}
