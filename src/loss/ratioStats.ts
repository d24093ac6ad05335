/** How far the policy has moved from the one that generated the rows. Shares are of tokens, 0..1. */
export interface RatioStats {
  readonly mean: number;
  readonly clipFraction: number; // tokens whose clipped branch is active: gradient 0
  readonly outsideFraction: number; // ratio < 1 - clip or > 1 + clip, whatever the advantage's sign
  readonly histogram: RatioHistogram;
}

/** counts[i] tokens have edges[i] <= ratio < edges[i + 1]; the last bin is open above. */
export interface RatioHistogram {
  readonly edges: readonly number[]; // ascending, from 0; both clip bounds are among them
  readonly counts: readonly number[]; // as many as edges
}

const commonEdges = [0, 0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2, 4];

/**
 * Importance ratios as a step's record: mean, shares, and a histogram whose bins are the same in every step.
 *
 * @param ratios   rho of every completion token, [Nc], Nc >= 1
 * @param clipped  1 where the clipped branch is active, [Nc]
 * @param clip     half-width of the trust region
 */
export function ratioStats(ratios: readonly number[], clipped: readonly number[], clip: number): RatioStats {
  const outside = ratios.filter((ratio) => ratio < 1 - clip || ratio > 1 + clip).length;
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    mean: meanOf(ratios),
    clipFraction: meanOf(clipped),
    outsideFraction: outside / ratios.length,
    histogram: ratioHistogram(ratios, clip),
  };
}

/** Counts per bin; the bins depend on clip alone. */
export function ratioHistogram(ratios: readonly number[], clip: number): RatioHistogram {
  const edges = [...new Set([...commonEdges, 1 - clip, 1 + clip])].toSorted((a, b) => a - b);
  const counts = edges.map(() => 0);
  for (const ratio of ratios) counts[edges.findLastIndex((edge) => edge <= ratio)]! += 1;
  return { edges, counts };
}
