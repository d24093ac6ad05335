import { seededRng } from "../../../src/numeric/rng.ts";
import type { HackedRow } from "../../../src/uat/common/scoredRows.ts";

/** Pure hacks lean along the first axis. */
export function hackedRows(seed: number, lean: number): HackedRow[] {
  const rng = seededRng(seed, "hacked rows");
  return Array.from({ length: 48 }, (_, i) => {
    const gtPass = rng.uniform() < 0.5;
    const g = [rng.normal() + (gtPass ? 0 : lean), rng.normal(), rng.normal()];
    const length = Math.hypot(...g);
    return {
      gtPass,
      compLen: 10,
      problem: Math.floor(i / 8),
      unit: Float64Array.from(g, (value) => value / length),
      recorded: null,
    };
  });
}
