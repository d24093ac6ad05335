import type { PlannedArm, PlannedStep } from "../../support/plannedArm.ts";

/** Means of the recorded cosines over the first and over the last third of the steps, at least one. */
export function removalOf({ steps }: PlannedArm) {
  const n = steps.length;
  const early = steps.filter((_, i) => i === 0 || 3 * (i + 1) <= n);
  const late = steps.filter((_, i) => i === n - 1 || 3 * (n - i) <= n);
  const mean = (part: readonly PlannedStep[], of: "cosIn" | "cosOut") =>
    part.reduce((sum, step) => sum + (step[of] ?? Number.NaN), 0) / part.length;
  return {
    cosInEarly: mean(early, "cosIn"),
    cosOutEarly: mean(early, "cosOut"),
    cosInLate: mean(late, "cosIn"),
    cosOutLate: mean(late, "cosOut"),
  };
}
