import { clusterBootstrap, type BootstrapInterval } from "../../numeric/clusterBootstrap.ts";
import { seededRng } from "../../numeric/rng.ts";
import { rowsByKey } from "../../numeric/rowsByKey.ts";
import { directionOnPool, type DirectionOnPool, type PairedRow } from "./directionOnPool.ts";
import { scoredAlong, type HackedRow } from "../common/scoredRows.ts";

const resamples = 2000;
const level = 0.95;

/** Two v_hack on one pool. The intervals are 95%, problems resampled, both directions on the same resample. */
export interface PoolComparison {
  readonly older: DirectionOnPool | null;
  readonly newer: DirectionOnPool | null;
  readonly tOfNewer: BootstrapInterval | null;
  readonly tChange: BootstrapInterval | null; // t newer - t older
  readonly effectChange: BootstrapInterval | null; // effect size newer - older
}

/**
 * Compare two directions by R4's statistics on the same rows.
 *
 * Paired: a resample that is easy for one direction is easy for the other, so the change is known better than either t.
 *
 * @param older, newer  flat directions, [R]; see flatDirection
 */
export function compareOnPool(
  hacked: readonly HackedRow[],
  older: Float64Array,
  newer: Float64Array,
  seed: number,
): PoolComparison {
  const rows = pairedRows(hacked, older, newer);
  const problems = [...rowsByKey(rows.map(({ problem }) => problem)).values()].map((members) =>
    members.map((row) => rows[row]!),
  );
  const interval = (
    name: string,
    statistic: (older: DirectionOnPool, newer: DirectionOnPool) => number,
  ): BootstrapInterval | null =>
    problems.length === 0
      ? null
      : clusterBootstrap(
          problems,
          (sample) => {
            const [was, is] = [directionOnPool(sample, "older"), directionOnPool(sample, "newer")];
            if (was === null || is === null) return null;
            const value = statistic(was, is);
            return Number.isFinite(value) ? value : null; // both buckets constant: t is infinite, its change undefined
          },
          level,
          resamples,
          seededRng(seed, "compare v_hack", name),
        );
  return {
    older: directionOnPool(rows, "older"),
    newer: directionOnPool(rows, "newer"),
    tOfNewer: interval("t", (_, is) => is.t),
    tChange: interval("change of t", (was, is) => is.t - was.t),
    effectChange: interval("change of effect", (was, is) => is.effectSize - was.effectSize),
  };
}

function pairedRows(hacked: readonly HackedRow[], older: Float64Array, newer: Float64Array): PairedRow[] {
  const newerRows = scoredAlong(hacked, newer);
  return scoredAlong(hacked, older).map(({ gtPass, problem, cosine }, i) => ({
    gtPass,
    problem,
    older: cosine,
    newer: newerRows[i]!.cosine,
  }));
}
