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
