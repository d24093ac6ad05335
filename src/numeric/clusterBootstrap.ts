import { ShapeError } from "../errors.ts";
import { quantile } from "./quantile.ts";
import type { Rng } from "./rng.ts";

export interface BootstrapInterval {
  /** Percentile interval of the statistic over resampled clusters. */
  readonly low: number;
  readonly high: number;
  readonly draws: number;
  /** Draws in which the statistic did not exist (a bucket came out empty); they are left out of the interval. */
  readonly undefinedDraws: number;
}

/**
 * Percentile bootstrap that resamples whole clusters, so that rows which share a cluster are not counted as independent.
 *
 * @param clusters   rows by cluster
 * @param statistic  of the pooled rows; null where it does not exist
 * @param level      coverage in (0, 1), e.g. 0.95
 * @returns null when no draw has a statistic
 * @throws ShapeError  there is no cluster
 * @see Davison & Hinkley 1997, section 3.8
 */
export function clusterBootstrap<Row>(
  clusters: readonly (readonly Row[])[],
  statistic: (rows: readonly Row[]) => number | null,
  level: number,
  draws: number,
  rng: Rng,
): BootstrapInterval | null {
  if (clusters.length === 0) throw new ShapeError("clusterBootstrap: expected at least one cluster, got none");
  const found: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const rows = clusters.flatMap(() => clusters[rng.integer(clusters.length)]!);
    const value = statistic(rows);
    if (value !== null) found.push(value);
  }
  if (found.length === 0) return null;
  const tail = (1 - level) / 2;
  return {
    low: quantile(found, tail),
    high: quantile(found, 1 - tail),
    draws,
    undefinedDraws: draws - found.length,
  };
}
