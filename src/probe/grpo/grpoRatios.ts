import { mean } from "../../numeric/moments.ts";
import { ratioStats } from "../../loss/ratioStats.ts";

/** What importance ratios are made of, one row. */
export interface RatioRow {
  readonly logps: ArrayLike<number>; // [T], of the policy being trained
  readonly oldLogps: ArrayLike<number>; // [T], of the policy that made the row
  readonly advantage: number;
}

/**
 * How far the trained policy is from the one that made these rows, as a step's measurements.
 *
 *     WHO_ratio_mean, WHO_clip_fraction       clipped branch active: the token teaches nothing
 *     WHO_outside_fraction                    ratio beyond a clip bound, whatever the advantage's sign
 *     WHO_row_least_ratio                     mean over rows of the smallest ratio: one token of a hundred can decide a row
 *     WHO_ratio_ge_EDGE                       tokens in the histogram's bin that starts at EDGE
 *
 * Empty for no rows: student and teacher rows are told apart, because a single inner step on fresh student rows has ratios
 * of 1 by construction, and only the teacher's show saturation.
 */
export function ratioMeasurements(
  who: "student" | "teacher",
  rows: readonly RatioRow[],
  clip: number,
): Record<string, number> {
  if (rows.length === 0) return {};
  const starts = [0];
  const ratios: number[] = [];
  const clipped: number[] = [];
  for (const { logps, oldLogps, advantage } of rows) {
    for (let t = 0; t < logps.length; t++) {
      const ratio = Math.exp(logps[t]! - oldLogps[t]!);
      ratios.push(ratio);
      clipped.push(Number((ratio > 1 + clip && advantage > 0) || (ratio < 1 - clip && advantage < 0)));
    }
    starts.push(ratios.length);
  }
  const stats = ratioStats(Float64Array.from(ratios), Uint8Array.from(clipped), starts, clip);
  const { edges, counts } = stats.histogram;
  return {
    [`${who}_ratio_mean`]: stats.mean,
    [`${who}_clip_fraction`]: stats.clipFraction,
    [`${who}_outside_fraction`]: stats.outsideFraction,
    [`${who}_row_least_ratio`]: mean(
      starts.slice(1).map((end, b) => ratios.slice(starts[b], end).reduce((least, ratio) => Math.min(least, ratio))),
    ),
    ...Object.fromEntries(edges.map((edge, i) => [`${who}_ratio_ge_${edge}`, counts[i]!])),
  };
}
