import { expect } from "vitest";
import { mean } from "../../../src/numeric/moments.ts";
import { estimate, type sweepSummary } from "../../../src/uat/phase2/sweepSummary.ts";
import { endsOf, measuredIn, stageOf, type PlannedArm } from "../../support/plannedArm.ts";

/** A finished cell, as it was meant. */
export interface PlannedCell {
  readonly arm: string;
  readonly seed: number;
  readonly plan: PlannedArm;
}

/** Laws of a sweep's table, for the real one and for its mutants: each estimate is made of numbers recomputed from the plans. */
export const sweepSummaryLaws = {
  estimatesFromOwnSeeds(summary: typeof sweepSummary, cells: readonly PlannedCell[]): void {
    const rows = summary(cells.map(({ arm, seed, plan }) => ({ arm, seed, stage: stageOf(plan) })));
    const firstSeen = cells.map(({ arm }) => arm).filter((arm, i, all) => all.indexOf(arm) === i);
    expect(rows.map(({ arm }) => arm)).toEqual(firstSeen);
    for (const row of rows) {
      const own = cells.filter(({ arm }) => arm === row.arm);
      const over = (of: (plan: PlannedArm) => number) => estimate(own.map(({ plan }) => of(plan)));
      const end = (plan: PlannedArm) => endsOf(plan, "train").end;
      const vanillas = cells.filter(({ arm }) => arm === (row.arm.includes("lora") ? "vanilla_lora" : "vanilla"));
      const gaps = own.flatMap(({ seed, plan }) =>
        vanillas.filter((vanilla) => vanilla.seed === seed).map((vanilla) => end(vanilla.plan) - end(plan)),
      );
      expect(row).toEqual({
        arm: row.arm,
        start: over((plan) => endsOf(plan, "train").start),
        end: over(end),
        heldoutEnd: over((plan) => endsOf(plan, "heldout").end),
        rise: over((plan) => end(plan) - endsOf(plan, "train").start),
        under: gaps.length === 0 || row.arm.startsWith("vanilla") ? null : estimate(gaps),
        solveEnd: over((plan) => endsOf(plan, "train").solveEnd),
        cosUpdate: over((plan) => mean(measuredIn(plan, "cos_update"))),
        teacherOutside: over((plan) => Math.max(...measuredIn(plan, "teacher_outside_fraction"))),
      });
    }
  },
};
