import { listSteps, readStep } from "../../artifact/manifest.ts";
import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import type { Problem } from "../../environment/problem.ts";
import { ArtifactError } from "../../errors.ts";
import { seededRng } from "../../numeric/rng.ts";
import { shuffled } from "../../numeric/shuffled.ts";
import { completionLogps } from "../../decoder/logps.ts";
import { raggedBatch } from "../../decoder/raggedBatch.ts";
import type { Rollout } from "./grpoRollouts.ts";
import type { Student } from "../student.ts";

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

/**
 * Teacher rollouts out of a pool: drawn without repetition within a step, verdicts as the pool recorded them, scored by the
 * teacher for the log-probabilities that the pool does not hold.
 */
export async function pooledRollouts(
  teacher: Student,
  problems: readonly Problem[],
  pool: PoolRows,
  perProblem: number,
  rowsAtOnce: number,
  seed: number,
  step: number,
): Promise<Rollout[][]> {
  const drawn = problems.map(({ id }) =>
    shuffled(pool.get(id)!, seededRng(seed, "pool rows", step, id)).slice(0, perProblem),
  );
  const rows = drawn.flatMap((group) =>
    group.map((row, sampleId) => ({
      ...row,
      step,
      sampleId,
      arm: "teacher",
      srcPool: "teacher",
    })),
  );
  const scored: Rollout[] = [];
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const chunk = rows.slice(start, start + rowsAtOnce);
    const batch = raggedBatch(chunk);
    const logps = completionLogps(teacher.model, batch);
    const values = (await logps.data()) as Float32Array;
    logps.dispose();
    chunk.forEach((row, b) =>
      scored.push({ row, oldLogps: values.slice(batch.completionStarts[b], batch.completionStarts[b + 1]) }),
    );
  }
  return problems.map((_, p) => scored.slice(p * perProblem, (p + 1) * perProblem));
}
