import { Command } from "commander";
import { modulesTable, poolTable } from "../report/vHackComparisonTable.ts";
import { integer } from "./options/numbers.ts";
import { ArtifactError } from "../errors.ts";
import { compareOnPool, type PoolComparison } from "../uat/regression/compareOnPool.ts";
import type { Reading } from "../uat/evidence/evidence.ts";
import { flatDirection } from "../uat/common/flatDirection.ts";
import { noEvidence } from "../uat/common/noEvidence.ts";
import { readEvidence } from "../uat/evidence/readEvidence.ts";
import type { SampleGradients } from "../uat/evidence/sampleGradients.ts";
import { hackedRows } from "../uat/common/scoredRows.ts";
import { compareVHack, type ModuleComparison } from "../vhack/compareVHack.ts";
import { readVHack, type VHack } from "../vhack/vHackFile.ts";

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

export interface VHackComparison {
  readonly older: VHack;
  readonly newer: VHack;
  readonly modules: readonly ModuleComparison[];
  readonly pool: PoolComparison;
  readonly rows: number; // hacked rows that were compared
  readonly problems: number;
}

/**
 * Compare two v_hack files: as subspaces, and on the stored gradients of one vanilla replay.
 *
 * @throws ArtifactError  a file or the replay's gradients are missing or cannot be used
 * @throws ConfigError    the files are of different modules
 */
export async function runCompareVHack(
  olderPath: string,
  newerPath: string,
  out: string,
  seed: number,
): Promise<VHackComparison> {
  const [older, newer] = [await readVHack(olderPath), await readVHack(newerPath)];
  const modules = compareVHack(older.modules, newer.modules);
  const evidence = await readEvidence(out, seed, newerPath);
  const [vanilla, gradients] = [found(evidence.vanilla), found(evidence.gradients)];
  const hacked = hackedRows(vanilla, gradients);
  const pool = compareOnPool(
    hacked,
    directionIn(older, gradients, olderPath),
    directionIn(newer, gradients, newerPath),
    seed,
  );
  return {
    older,
    newer,
    modules,
    pool,
    rows: hacked.length,
    problems: new Set(hacked.map(({ problem }) => problem)).size,
  };
}

function found<Value>(reading: Reading<Value>): Value {
  if (reading.kind === "found") return reading.value;
  const absent = noEvidence(reading);
  throw new ArtifactError(absent.kind === "noEvidence" ? absent.message : reading.path);
}

function directionIn(vHack: VHack, gradients: SampleGradients, path: string): Float64Array {
  const fit = flatDirection(vHack, gradients);
  if (fit.kind === "fits") return fit.direction;
  throw new ArtifactError(`${path}: ${fit.why}`);
}
