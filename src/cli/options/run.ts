import type { Command } from "commander";
import { withModel, type ModelOptions } from "./model.ts";
import { count, integer } from "./numbers.ts";
import { defaultCache } from "./cache.ts";

/** What every stage that runs a model is asked. */
export interface RunOptions extends ModelOptions {
  readonly seed: number;
  readonly out: string;
  readonly batch: number;
  readonly cache: string;
  readonly overwrite?: true;
}

export function withRun(command: Command): Command {
  return withModel(command)
    .option("--seed <n>", "seed of everything random", integer, 41)
    .option("--out <dir>", "artifacts folder", "out")
    .option("--batch <rows>", "rows per pass through the model: fewer take less memory", count, 40)
    .option("--cache <dir>", "where weight SVDs are cached", defaultCache)
    .option("--overwrite", "make finished steps again");
}
