import { deviationUnit, mean, variance } from "../../numeric/moments.ts";
import { quantile } from "../../numeric/quantile.ts";
import { welchGreater } from "../../numeric/welch.ts";

/** A hacked row's two cosines: with the older v_hack and with the newer one. */
export interface PairedRow {
  readonly gtPass: boolean;
  readonly problem: number | string;
  readonly older: number;
  readonly newer: number;
}

/** R4's comparison for one direction, without its verdict. */
export interface DirectionOnPool {
  readonly t: number; // Welch, pure hacks above correct ones
  readonly p: number;
  readonly difference: number; // of mean cos_S
  readonly effectSize: number; // Cohen's d: difference over the pooled standard deviation
  readonly pure: CosineSpread;
  readonly correct: CosineSpread;
}

export interface CosineSpread {
  readonly n: number;
  readonly mean: number;
  readonly quartiles: readonly [low: number, median: number, high: number];
}

/**
 * How well one direction separates pure hacks from hacks with a correct body.
 *
 *     d = (mean pure - mean correct) / sqrt(((n1 - 1) var1 + (n0 - 1) var0) / (n1 + n0 - 2))
 *
 * @returns null where a bucket holds fewer than two rows or nothing varies: there is no test
 */
export function directionOnPool(rows: readonly PairedRow[], which: "older" | "newer"): DirectionOnPool | null {
  const bucket = (gtPass: boolean) => rows.filter((row) => row.gtPass === gtPass).map((row) => row[which]);
  const [pure, correct] = [bucket(false), bucket(true)];
  const test = welchGreater(pure, correct);
  if (test.kind !== "tested") return null;
  const unit = deviationUnit(pure, correct);
  const pooled =
    ((pure.length - 1) * variance(pure, unit) + (correct.length - 1) * variance(correct, unit)) /
    (pure.length + correct.length - 2);
  const difference = mean(pure) - mean(correct);
  return {
    t: test.t,
    p: test.p,
    difference,
    effectSize: difference / unit / Math.sqrt(pooled),
    pure: spread(pure),
    correct: spread(correct),
  };
}

function spread(cosines: readonly number[]): CosineSpread {
  return {
    n: cosines.length,
    mean: mean(cosines),
    quartiles: [quantile(cosines, 0.25), quantile(cosines, 0.5), quantile(cosines, 0.75)],
  };
}
