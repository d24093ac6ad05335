/** How far the policy has moved from the one that generated the rows. Shares are of tokens, 0..1. */
export interface RatioStats {
  readonly perSampleMean: Float64Array; // [B], a row's imp_ratio
  readonly perSampleClipFraction: Float64Array; // [B], tokens whose clipped branch is active: gradient 0
  readonly mean: number; // over all tokens
  readonly clipFraction: number; // over all tokens
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
 * Importance ratios as a step's record: means, clipped shares and a histogram whose bins are the same in every step.
 *
 * @param ratios            rho of every completion token, [Nc]
 * @param clipped           1 where the clipped branch is active, [Nc]
 * @param completionStarts  [B + 1]
 * @param clip              half-width of the trust region
 */
export function ratioStats(
  ratios: Float64Array,
  clipped: Uint8Array,
  completionStarts: ArrayLike<number>,
  clip: number,
): RatioStats {
  const B = completionStarts.length - 1;
  const perSample = (values: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: B }, (_, b) => meanOfRange(values, completionStarts[b]!, completionStarts[b + 1]!));
  const outside = ratios.filter((ratio) => ratio < 1 - clip || ratio > 1 + clip).length;
  return {
    perSampleMean: perSample(ratios),
    perSampleClipFraction: perSample(clipped),
    mean: meanOfRange(ratios, 0, ratios.length),
    clipFraction: meanOfRange(clipped, 0, clipped.length),
    outsideFraction: outside / ratios.length,
    histogram: ratioHistogram(ratios, clip),
  };
}

/** Counts per bin; the bins depend on clip alone. */
export function ratioHistogram(ratios: ArrayLike<number>, clip: number): RatioHistogram {
  const edges = [...new Set([...commonEdges, 1 - clip, 1 + clip])].toSorted((a, b) => a - b);
  const counts = edges.map(() => 0);
  for (let t = 0; t < ratios.length; t++) counts[edges.findLastIndex((edge) => edge <= ratios[t]!)]! += 1;
  return { edges, counts };
}

function meanOfRange(values: ArrayLike<number>, start: number, end: number): number {
  let sum = 0;
  for (let t = start; t < end; t++) sum += values[t]!;
  return sum / (end - start);
}
