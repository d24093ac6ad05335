import { deviationUnit, mean, variance } from "../../numeric/moments.ts";
import type { StageEvidence } from "../evidence/evidence.ts";
import { perStep, trajectory } from "./trajectory.ts";

/** Mean over seeds, and its standard error; null for a single seed. */
export interface Estimate {
  readonly mean: number;
  readonly standardError: number | null;
  readonly n: number;
}

/** One arm over all its seeds. */
export interface SweepRow {
  readonly arm: string;
  readonly start: Estimate; // hack rate on training prompts before training
  readonly end: Estimate; // after 15 updates
  readonly heldoutEnd: Estimate;
  readonly rise: Estimate;
  /** of vanilla over this arm with the same seed, hack rates after 15 updates; null for vanilla itself or where it is absent */
  readonly under: Estimate | null;
  readonly solveEnd: Estimate;
  readonly cosUpdate: Estimate; // mean over steps
  readonly teacherOutside: Estimate; // largest share of a step's teacher tokens beyond the clip bounds
}

/** One finished cell. */
export interface SweptCell {
  readonly arm: string;
  readonly vanilla: string; // the arm of the same adapter that it is measured against; vanilla's own is itself
  readonly seed: number;
  readonly stage: StageEvidence;
}

/**
 * A sweep as a table: each figure's mean over seeds with its standard error.
 *
 *     standard error = sqrt(variance / n), variance with divisor n - 1
 *
 * Differences are taken within a seed, whose arms share prompts, teacher rows and random streams.
 */
export function sweepSummary(cells: readonly SweptCell[]): SweepRow[] {
  const arms = [...new Set(cells.map(({ arm }) => arm))];
  return arms.map((arm) => {
    const own = cells.filter((cell) => cell.arm === arm);
    const over = (of: (stage: StageEvidence) => number) => estimate(own.map(({ stage }) => of(stage)));
    const train = (stage: StageEvidence) => trajectory(stage, "train");
    return {
      arm,
      start: over((stage) => train(stage).start),
      end: over((stage) => train(stage).end),
      heldoutEnd: over((stage) => trajectory(stage, "heldout").end),
      rise: over((stage) => train(stage).end - train(stage).start),
      under: underVanilla(own, cells),
      solveEnd: over((stage) => train(stage).solveEnd),
      cosUpdate: over((stage) => mean(perStep(stage, "cos_update"))),
      teacherOutside: over((stage) => Math.max(...perStep(stage, "teacher_outside_fraction"))),
    };
  });
}

/** Mean and standard error. A NaN among the values makes both NaN, which is shown as not measured. */
export function estimate(values: readonly number[]): Estimate {
  const unit = deviationUnit(values);
  return {
    mean: mean(values),
    standardError: values.length < 2 ? null : unit * Math.sqrt(variance(values, unit) / values.length),
    n: values.length,
  };
}

function underVanilla(own: readonly SweptCell[], cells: readonly SweptCell[]): Estimate | null {
  const gaps = own.flatMap(({ arm, vanilla, seed, stage }) => {
    const reference = cells.find((cell) => cell.arm === vanilla && cell.seed === seed);
    if (arm === vanilla || reference === undefined) return [];
    return [trajectory(reference.stage, "train").end - trajectory(stage, "train").end];
  });
  return gaps.length === 0 ? null : estimate(gaps);
}
