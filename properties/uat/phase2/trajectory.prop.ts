import fc from "fast-check";
import { describe, it } from "vitest";
import {
  examPoints,
  perStep,
  trajectory,
  trajectoryFigure,
  trajectoryNote,
} from "../../../src/uat/phase2/trajectory.ts";
import { anyPlannedArm } from "../../support/plannedArm.ts";
import { trajectoryLaws } from "./trajectory.statements.ts";

const lost = fc.constantFrom("hack_rate", "solve_rate", "rows");

describe("examPoints", () => {
  // ELSE a rate is read after another number of updates than it was measured at
  it("reports every exam in order: the one before training at 0, the one after step s at s + 1", () =>
    fc.assert(fc.property(anyPlannedArm, (arm) => trajectoryLaws.findsEveryExam(examPoints, arm))));

  // ELSE an interval or a rate of nothing stands in the report
  it("rejects an exam that lacks a number: hack rate, solve rate or rows absent -> no point", () =>
    fc.assert(fc.property(anyPlannedArm, lost, (arm, name) => trajectoryLaws.takesNoHalfExam(examPoints, arm, name))));
});

describe("trajectory", () => {
  // ELSE R5 decides on an exam of another moment, or on none as if it were a rate
  it("reports the rates before training and at the last exam after 1 to 15 updates, NaN where there is none", () =>
    fc.assert(fc.property(anyPlannedArm, (arm) => trajectoryLaws.comparesBeforeWithTheDecidingExam(trajectory, arm))));
});

describe("perStep", () => {
  // ELSE a step that measured nothing counts as one that measured 0
  it("reports one figure for every step, NaN where the step lacks it", () =>
    fc.assert(fc.property(anyPlannedArm, (arm) => trajectoryLaws.leavesGapsOpen(perStep, arm))));
});

describe("trajectoryNote", () => {
  // ELSE a reader takes the spread of thirty rows for a trend
  it("reports each exam with Wilson's interval of its counts, of both sets of prompts", () =>
    fc.assert(fc.property(anyPlannedArm, (arm) => trajectoryLaws.showsEveryExamWithItsInterval(trajectoryNote, arm))));
});

describe("trajectoryFigure", () => {
  // ELSE the picture shows other rates than the verdict
  it("has one line for each arm: its exams on training prompts", () =>
    fc.assert(
      fc.property(fc.array(anyPlannedArm, { maxLength: 4 }), (arms) =>
        trajectoryLaws.drawsEveryArm(trajectoryFigure, arms),
      ),
    ));
});
