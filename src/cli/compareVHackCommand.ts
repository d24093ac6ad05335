import { Command } from "commander";
import { modulesTable, poolTable } from "../report/vHackComparisonTable.ts";
import { runCompareVHack } from "./runCompareVHack.ts";
import { integer } from "./options/numbers.ts";

interface CompareOptions {
  readonly out: string;
  readonly seed: number;
}

/** `vhack compare-vhack`: what a change of v_hack changed. */
export function compareVHackCommand(): Command {
  return new Command("compare-vhack")
    .description(
      "Compare two v_hack files: angles, signs and singular values per module, and R4's statistics on one stored replay.",
    )
    .argument("<old>", "v_hack file")
    .argument("<new>", "v_hack file")
    .option("--out <dir>", "artifacts folder whose vanilla replay both are judged on", "out")
    .option("--seed <n>", "seed of that replay", integer, 41)
    .action(async (older: string, newer: string, { out, seed }: CompareOptions) => {
      const { modules, pool } = await runCompareVHack(older, newer, out, seed);
      console.log(`${modulesTable(modules)}\n\n${poolTable(pool)}`);
    });
}
