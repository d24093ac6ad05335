import { Option, type Command } from "commander";
import { adapterNames, defaultAdapter, type AdapterName } from "../../artifact/runLayout.ts";
import type { AdapterChoice } from "../../probe/openAdapter.ts";
import { count, integer, nonNegative, positive } from "./numbers.ts";

/** Which knobs are trained, and where a LoRA starts. */
export interface AdapterOptions {
  readonly adapter: AdapterName;
  readonly loraRank: number;
  readonly loraAlpha: number;
  readonly loraBStd: number;
  readonly loraSeed: number;
}

export function adapterOption(description: string): Option {
  return new Option("--adapter <name>", description).choices([...adapterNames]).default(defaultAdapter);
}

export function withAdapter(command: Command): Command {
  return command
    .addOption(adapterOption("which knobs are trained"))
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
