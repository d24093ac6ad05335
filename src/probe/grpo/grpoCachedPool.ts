import { listSteps, readStep } from "../../artifact/manifest.ts";
import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import type { Problem } from "../../environment/problem.ts";
import { ArtifactError } from "../../errors.ts";
import { chunksOf } from "../../numeric/chunksOf.ts";
import { seededRng } from "../../numeric/rng.ts";
import { shuffled } from "../../numeric/shuffled.ts";
import type { Rollout } from "./grpoRollouts.ts";
import { logpsOfRows } from "./logpsOfRows.ts";
import type { LoadedModel } from "../loadedModel.ts";

/** A cached pool's rows by problem, their labels frozen. */
export type PoolRows = ReadonlyMap<number | string, readonly RolloutRow[]>;

/** @throws ArtifactError  there is no pool, or it was made with another model */
export async function readPoolRows(folder: string, hash: string): Promise<PoolRows> {
  const rows = new Map<number | string, RolloutRow[]>();
  for (const step of await listSteps(folder)) {
    const { rows: group, manifest } = await readStep(folder, step);
    if (manifest !== null && manifest.modelHash !== hash)
      throw new ArtifactError(
        `${folder}: expected a pool of this model (${hash.slice(0, 12)}), got one of ${manifest.modelHash.slice(0, 12)}`,
      );
    for (const row of group) rows.set(row.srcProblemId, [...(rows.get(row.srcProblemId) ?? []), row]);
  }
  if (rows.size === 0)
    throw new ArtifactError(`${folder}: expected a teacher pool, got no step file; make one with: vhack teacher-pool`);
  return rows;
}

/** Those problems of the file that the pool holds enough rows of. @throws ArtifactError  none */
export function problemsInPool(
  problems: readonly Problem[],
  pool: PoolRows,
  perProblem: number,
  where: string,
): Problem[] {
  const found = problems.filter(({ id }) => (pool.get(id) ?? []).length >= perProblem);
  if (found.length === 0)
    throw new ArtifactError(
      `${where}: expected problems of --problems with at least ${perProblem} rows each, got none; name the file that the pool was drawn from`,
    );
  return found;
}

/** How many rows of each problem, for which step. */
export interface PooledRequest {
  readonly perProblem: number;
  readonly rowsAtOnce: number;
  readonly seed: number;
  readonly step: number;
}

/**
 * Teacher rollouts out of a pool: drawn without repetition within a step, verdicts as the pool recorded them, scored by the
 * teacher for the log-probabilities that the pool does not hold.
 */
export async function pooledRollouts(
  teacher: LoadedModel,
  pool: PoolRows,
  problems: readonly Problem[],
  { perProblem, rowsAtOnce, seed, step }: PooledRequest,
): Promise<Rollout[][]> {
  const origin = { step, arm: "teacher", srcPool: "teacher" };
  const rows = problems.flatMap(({ id }) =>
    shuffled(pool.get(id)!, seededRng(seed, "pool rows", step, id))
      .slice(0, perProblem)
      .map((row, sampleId) => ({ ...row, ...origin, sampleId })),
  );
  const logps = await logpsOfRows(teacher.model, rows, rowsAtOnce);
  return chunksOf(
    rows.map((row, b) => ({ row, oldLogps: logps[b]! })),
    perProblem,
  );
}
