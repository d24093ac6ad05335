import { ratioStats } from "../../loss/ratioStats.ts";
import { mean } from "../../numeric/moments.ts";

/** One row's importance ratios, as the loss saw them. */
export interface RatioRow {
  readonly ratios: ArrayLike<number>; // [T]
  readonly clipped: ArrayLike<number>; // [T], 1 where the clipped branch is active
}

/**
 * How far the trained policy is from the one that made these rows, as a step's measurements.
 *
 *     WHO_ratio_mean, WHO_clip_fraction       clipped branch active: the token teaches nothing
 *     WHO_outside_fraction                    ratio beyond a clip bound, whatever the advantage's sign
 *     WHO_row_least_ratio                     mean over rows of the smallest ratio: one token of a hundred can decide a row
 *     WHO_ratio_ge_EDGE                       tokens in the histogram's bin that starts at EDGE
 *
 * Empty for no rows. Student and teacher rows are measured apart, because a single inner step on fresh student rows has
 * ratios of 1 by construction, and only the teacher's show saturation.
 */
export function ratioMeasurements(
  who: "student" | "teacher",
  rows: readonly RatioRow[],
  clip: number,
): Record<string, number> {
  if (rows.length === 0) return {};
  const allOf = (name: keyof RatioRow) => rows.flatMap((row) => Array.from(row[name]));
  const stats = ratioStats(allOf("ratios"), allOf("clipped"), clip);
  const { edges, counts } = stats.histogram;
  return {
    [`${who}_ratio_mean`]: stats.mean,
    [`${who}_clip_fraction`]: stats.clipFraction,
    [`${who}_outside_fraction`]: stats.outsideFraction,
    [`${who}_row_least_ratio`]: mean(
      rows.map(({ ratios }) => Array.from(ratios).reduce((least, ratio) => Math.min(least, ratio))),
    ),
    ...Object.fromEntries(edges.map((edge, i) => [`${who}_ratio_ge_${edge}`, counts[i]!])),
  };
}
