import { mean } from "../../numeric/moments.ts";
import type { ModuleComparison } from "../../vhack/compareVHack.ts";
import type { PoolComparison } from "./compareOnPool.ts";
import type { VHackBaseline } from "./vHackBaseline.ts";

/** Mean over modules of the largest principal angle between the two subspaces, degrees; modules without directions are left out; NaN where none has any. */
export function meanLargestAngle(modules: readonly ModuleComparison[]): number {
  return mean(
    modules.flatMap(({ anglesRadians }) => Array.from(anglesRadians.slice(-1), (angle) => (angle * 180) / Math.PI)),
  );
}

/** Mean share of rows that still point the same way, over modules where it is defined; NaN where it is in none. */
export function meanSignAgreement(modules: readonly ModuleComparison[]): number {
  return mean(modules.map(({ signAgreement }) => signAgreement).filter((share) => !Number.isNaN(share)));
}

/**
 * What is worse than the baseline, in words; none when the new v_hack may replace it.
 *
 *     t of R4 below the baseline's 95% interval
 *     subspace turned by more than the stated angle (mean over modules), or its rows' signs flipped in most modules
 *
 * A comparison with NaN counts against the new one.
 */
export function regressions(
  baseline: VHackBaseline,
  modules: readonly ModuleComparison[],
  pool: PoolComparison,
): string[] {
  const [angle, signs] = [meanLargestAngle(modules), meanSignAgreement(modules)];
  const t = pool.newer === null ? Number.NaN : pool.newer.t;
  const found: string[] = [];
  if (!(t >= baseline.tLow))
    found.push(
      `T4 fell: t ${t.toFixed(2)} is below the baseline's interval ${baseline.tLow.toFixed(2)} to ${baseline.tHigh.toFixed(2)} (t ${baseline.t.toFixed(2)})`,
    );
  if (!(angle <= baseline.largestAngleDegrees))
    found.push(
      `the subspace turned by ${angle.toFixed(1)} degrees (mean over modules of the largest principal angle), more than ${baseline.largestAngleDegrees}`,
    );
  if (!(signs > 0.5))
    found.push(`the rows' signs agree in ${(100 * signs).toFixed(0)}% only: v_hack points the other way`);
  return found;
}
