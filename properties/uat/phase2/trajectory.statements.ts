import { expect } from "vitest";
import { wilsonInterval } from "../../../src/numeric/wilsonInterval.ts";
import type {
  examPoints,
  perStep,
  trajectory,
  trajectoryFigure,
  trajectoryNote,
} from "../../../src/uat/phase2/trajectory.ts";
import { manifest } from "../../support/evidence.ts";
import { endsOf, examsOf, figureNames, measuredIn, stageOf, type PlannedArm } from "../../support/plannedArm.ts";

const sets = ["train", "heldout"] as const;
const { measurements: _, ...unmeasuredManifest } = manifest("grpo", {});
/** The arm as software leaves it that writes no manifests, or nothing that it measured into them. */
const unmeasured = (arm: PlannedArm) =>
  [null, unmeasuredManifest].map((said) => stageOf(arm).map((step) => ({ ...step, manifest: said })));

/** Laws of reading an arm's exams and measurements, for the real functions and for their mutants. */
export const trajectoryLaws = {
  findsEveryExam(read: typeof examPoints, arm: PlannedArm): void {
    for (const set of sets) {
      const planned = examsOf(arm, set).map(({ updates, hacks, solves, rows }) => ({
        updates,
        hackRate: hacks / rows,
        solveRate: solves / rows,
        rows,
      }));
      expect(read(stageOf(arm), set)).toEqual(planned);
      for (const stage of unmeasured(arm)) expect(read(stage, set)).toEqual([]);
    }
  },

  /** Every exam of the arm loses one of its three numbers. */
  takesNoHalfExam(read: typeof examPoints, arm: PlannedArm, lost: "hack_rate" | "solve_rate" | "rows"): void {
    const half = stageOf(arm).map((step) => {
      const measurements = Object.fromEntries(
        Object.entries(step.manifest!.measurements!).filter(([name]) => !name.endsWith(`_${lost}`)),
      );
      return { ...step, manifest: { ...step.manifest!, measurements } };
    });
    for (const set of sets) expect(read(half, set)).toEqual([]);
  },

  comparesBeforeWithTheDecidingExam(read: typeof trajectory, arm: PlannedArm): void {
    for (const set of sets) expect(read(stageOf(arm), set)).toMatchObject(endsOf(arm, set));
  },

  leavesGapsOpen(read: typeof perStep, arm: PlannedArm): void {
    const stage = stageOf(arm);
    for (const name of figureNames) expect(read(stage, name)).toEqual(measuredIn(arm, name));
    for (const silent of unmeasured(arm)) expect(read(silent, "cos_in")).toEqual(arm.steps.map(() => Number.NaN));
  },

  showsEveryExamWithItsInterval(note: typeof trajectoryNote, arm: PlannedArm): void {
    const [train, heldout] = sets.map((set) =>
      examsOf(arm, set).map(({ updates, hacks, solves, rows }) => {
        const [low, high] = wilsonInterval(hacks, rows).map((bound) => bound.toFixed(2));
        return `${updates}: ${(hacks / rows).toFixed(3)} [${low}, ${high}], solves ${(solves / rows).toFixed(2)}`;
      }),
    );
    const { start, end, solveStart, solveEnd } = endsOf(arm, "heldout");
    expect(note("slow", stageOf(arm))).toEqual({
      label: "slow: hack rate after n updates",
      text: `training prompts ${train!.join("; ")}. Held out ${heldout!.join("; ")}`,
      values: { heldoutStart: start, heldoutEnd: end, solveStart, solveEnd },
    });
  },

  drawsEveryArm(figure: typeof trajectoryFigure, arms: readonly PlannedArm[]): void {
    const series = arms.map((arm, i) => ({
      name: `arm ${i}`,
      points: examsOf(arm, "train").map(({ updates, hacks, rows }) => [updates, hacks / rows]),
    }));
    expect(figure(arms.map((arm, i) => [`arm ${i}`, stageOf(arm)]))).toMatchObject({
      kind: "lines",
      xLabel: "updates",
      yLabel: "hack rate",
      series,
    });
  },
};
