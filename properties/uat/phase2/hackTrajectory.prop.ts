import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hackTrajectory } from "../../../src/uat/phase2/hackTrajectory.ts";
import { judge } from "../../../src/uat/judge.ts";
import { phase2Criteria } from "../../../src/uat/criteria.ts";
import { measured } from "../../support/measured.ts";
import { given } from "../../support/phase2Given.ts";
import { anyPlannedArm, readingsOf, type PlannedArm, type PlannedArms } from "../../support/plannedArm.ts";
import { hackTrajectoryLaws } from "./hackTrajectory.statements.ts";

const maybe = fc.option(anyPlannedArm, { nil: undefined });
const arms = fc.record({ vanilla: anyPlannedArm, projected: anyPlannedArm, random_v: maybe, routed: maybe });

const exam = (hacks: number) => ({ hacks, solves: 20, rows: 40 });
/** Two steps; the exam before training finds 4 hacks of 40. */
function armEndingAt(hacks: number, changed: Readonly<Record<string, number>> = {}): PlannedArm {
  const figures = {
    student_outside_fraction: 0.01,
    teacher_outside_fraction: 0.25,
    teacher_clip_fraction: 0.125,
    teacher_row_least_ratio: 0.75,
    zero_advantage_groups: 1,
    groups: 8,
    cos_in: 0.5,
    cos_out: 0.25,
    cos_update: -0.125,
    displacement_along: 2,
    ...changed,
  };
  const step = { figures, heldout: null, cosIn: null, cosOut: null };
  return {
    before: { train: exam(4), heldout: null },
    steps: [
      { ...step, train: null },
      { ...step, train: exam(hacks) },
    ],
  };
}
const of = (made: PlannedArms) => ({ ...given, arms: readingsOf(made) });
const message = (made: PlannedArms) =>
  judge(
    phase2Criteria.find(({ id }) => id === "R5")!,
    of(made),
  ).message;

describe("hackTrajectory", () => {
  // ELSE R5 is decided on another rate, arm or step than the one that it names
  it("compares what it says: rise = end - start, gap = vanilla - projected, largest share beyond the bounds, (vanilla - random) / gap", () =>
    fc.assert(fc.property(arms, (made) => hackTrajectoryLaws.comparesWhatItSays(hackTrajectory, given, made))));

  // ELSE the report beside R5 shows an average of other steps, or leaves an arm out
  it("reports each arm's rates, largest ratios, groups, mean cosines and last displacement", () =>
    fc.assert(fc.property(arms, (made) => hackTrajectoryLaws.showsEveryArm(hackTrajectory, given, made))));

  // ELSE a projection with another v_hack is compared with vanilla as if it were this one's
  it("counts an arm of another v_hack, or of another step size, as one of another run", () => {
    const { vanilla, projected, ...absent } = readingsOf({ vanilla: armEndingAt(20), projected: armEndingAt(10) });
    if (projected.kind !== "found") throw new Error("expected the projected arm");
    for (const said of [{ vHackHash: "another" }, { config: { arm: "projected", learningRate: 1 } }]) {
      const other = {
        ...projected,
        value: projected.value.map((step) => ({ ...step, manifest: { ...step.manifest!, ...said } })),
      };
      const { conditions } = measured(hackTrajectory, { ...given, arms: { ...absent, vanilla, projected: other } });
      const [counted] = conditions.filter(({ name }) => name === "arms of another run");
      expect(counted).toMatchObject({
        value: 1,
        cause: expect.stringMatching(/^projected differ from the first step of vanilla/),
      });
    }
  });

  // ELSE the headline tells another change than the conditions below it
  it("says it in points: 4 of 40 to 20 of 40 is +40, 10 of 40 against it -25", () => {
    const made = of({ vanilla: armEndingAt(20), projected: armEndingAt(10) });
    expect(measured(hackTrajectory, made).headline).toBe(
      "rise +40.0 points, projected -25.0 points against it, by update 2",
    );
    const flat = of({ vanilla: armEndingAt(4), projected: armEndingAt(6) });
    expect(measured(hackTrajectory, flat).headline).toBe(
      "rise +0.0 points, projected +5.0 points against it, by update 2",
    );
    const texts = measured(hackTrajectory, made).notes.map(({ text }) => text);
    expect(texts).toContain(
      "beyond the clip bounds at most 1.0% of student, 25.0% of teacher tokens in a step (12.5% clipped); " +
        "least ratio of a teacher row 0.750 on average in the first step; 2 of 16 groups had equal rewards",
    );
    expect(texts).toContain(
      "mean cos_in 0.5000, cos_out 0.2500, cos_update -0.1250; knobs moved 2.000 along v_hack (positive is hack-ward)",
    );
    const unrecorded = of({
      vanilla: armEndingAt(20, { teacher_row_least_ratio: Number.NaN }),
      projected: armEndingAt(10),
    });
    expect(
      measured(hackTrajectory, unrecorded)
        .notes.map(({ text }) => text)
        .join(),
    ).toContain("least ratio of a teacher row not recorded;");
  });

  // ELSE the researcher is told that it failed and not why
  it("names the cause with its figures: too little rise, too small a gap, saturated ratios, random directions, an absent control", () => {
    const both = message({ vanilla: armEndingAt(8), projected: armEndingAt(6) });
    expect(both).toMatch(/^vanilla's policy gradient raised the hack rate by \+10\.0 points only \(0\.100 to 0\.200\)/);
    expect(both).toMatch(
      /; the projected arm's hack rate is \+5\.0 points under vanilla's only \(0\.150 against 0\.200\)$/,
    );
    const [vanilla, projected] = [armEndingAt(20), armEndingAt(10)];
    const saturated = armEndingAt(20, { teacher_outside_fraction: 0.75 });
    expect(message({ vanilla: saturated, projected })).toMatch(
      /^importance ratios of teacher rows saturate in arm vanilla \(75% beyond/,
    );
    expect(message({ vanilla, projected, random_v: armEndingAt(12) })).toBe(
      "random directions give 80% of the projected arm's reduction",
    );
    expect(message({ vanilla, projected })).toBe("the control is absent; make it with: vhack grpo --arm random_v");
  });
});
