export interface Histogram {
  readonly edges: readonly number[]; // [bins + 1]
  readonly shares: readonly (readonly number[])[]; // per series, [bins], each series sums to 1
}

/** Histograms of several series over common bins of equal width; the last bin holds its upper edge. */
export function histogram(series: readonly (readonly number[])[], bins: number): Histogram {
  const all = series.flat();
  const low = all.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = all.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const width = high > low ? (high - low) / bins : 1;
  const start = high > low ? low : low - bins / 2;
  const edges = Array.from({ length: bins + 1 }, (_, i) => start + i * width);
  const shares = series.map((values) => {
    const counts = Array.from({ length: bins }, () => 0);
    for (const value of values) counts[Math.min(bins - 1, Math.floor((value - start) / width))]! += 1 / values.length;
    return counts;
  });
  return { edges, shares };
}
