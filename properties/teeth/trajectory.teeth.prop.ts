import { describe, it } from "vitest";
import type { RolloutRow } from "../../src/artifact/rolloutRow.ts";
import type { StageEvidence } from "../../src/uat/evidence/evidence.ts";
import { hackTrajectory } from "../../src/uat/phase2/hackTrajectory.ts";
import { loraComparison, removal } from "../../src/uat/phase2/loraComparison.ts";
import type { Condition } from "../../src/uat/common/measurement.ts";
import type { Phase2Evidence } from "../../src/uat/evidence/phase2Evidence.ts";
import { examPoints, perStep, trajectory, trajectoryFigure, trajectoryNote } from "../../src/uat/phase2/trajectory.ts";
import { given } from "../support/phase2Given.ts";
import { figureNames, toothArm } from "../support/plannedArm.ts";
import { rejects } from "../support/rejects.ts";
import { hackTrajectoryLaws, type HackTrajectory } from "../uat/phase2/hackTrajectory.statements.ts";
import { loraComparisonLaws, type LoraComparison } from "../uat/phase2/loraComparison.statements.ts";
import { trajectoryLaws } from "../uat/phase2/trajectory.statements.ts";

const arm = toothArm(2);
const run = {
  vanilla: toothArm(9),
  projected: toothArm(3),
  random_v: toothArm(8),
  routed: toothArm(1),
  vanilla_lora: toothArm(10),
  projected_lora: toothArm(5),
};

type Arms = Phase2Evidence["arms"];

/** Zero wherever a step says nothing. */
const zeroFilled = (stage: StageEvidence): StageEvidence => {
  const names = [
    ...figureNames,
    ...["hack_rate", "solve_rate", "rows"].flatMap((name) => [`exam_train_${name}`, `exam_heldout_${name}`]),
  ];
  const zeros = Object.fromEntries(names.map((name) => [name, 0]));
  return stage.map((step) => ({
    ...step,
    manifest: step.manifest && { ...step.manifest, measurements: { ...zeros, ...step.manifest.measurements } },
  }));
};

describe("teeth: trajectory", () => {
  const other = { train: "heldout", heldout: "train" } as const;
  it("every exam found rejects: updates counted from the step's name, the exam before training forgotten, prompts of the other set", async () => {
    const byName: typeof examPoints = (...of) =>
      examPoints(...of).map((point) => ({ ...point, updates: Math.max(0, point.updates - 1) }));
    const afterTraining: typeof examPoints = (...of) => examPoints(...of).filter(({ updates }) => updates > 0);
    const otherSet: typeof examPoints = (stage, set) => examPoints(stage, other[set]);
    for (const wrong of [byName, afterTraining, otherSet])
      await rejects(() => trajectoryLaws.findsEveryExam(wrong, arm));
  });
  it("half an exam refused rejects: zero for the number that is lost", () =>
    rejects(() =>
      trajectoryLaws.takesNoHalfExam((stage, set) => examPoints(zeroFilled(stage), set), arm, "solve_rate"),
    ));
  it("the deciding exam rejects: the last one however late, the highest rate, zero where there is none", async () => {
    const last: typeof trajectory = (...of) => ({ ...trajectory(...of), end: examPoints(...of).at(-1)!.hackRate });
    const highest: typeof trajectory = (...of) => ({
      ...trajectory(...of),
      end: Math.max(...examPoints(...of).map(({ hackRate }) => hackRate)),
    });
    const zero: typeof trajectory = (...of) => ({ ...trajectory(...of), start: trajectory(...of).start || 0 });
    for (const wrong of [last, highest])
      await rejects(() => trajectoryLaws.comparesBeforeWithTheDecidingExam(wrong, arm));
    await rejects(() =>
      trajectoryLaws.comparesBeforeWithTheDecidingExam(zero, { ...arm, before: { train: null, heldout: null } }),
    );
  });
  it("gaps rejects: zero for a gap, gaps left out", async () => {
    await rejects(() => trajectoryLaws.leavesGapsOpen((stage, name) => perStep(zeroFilled(stage), name), arm));
    await rejects(() =>
      trajectoryLaws.leavesGapsOpen((...of) => perStep(...of).filter((value) => !Number.isNaN(value)), arm),
    );
  });
  it("exams with their intervals rejects: rates without intervals, training prompts for held-out ones", async () => {
    const bare: typeof trajectoryNote = (...of) => ({
      ...trajectoryNote(...of),
      text: trajectoryNote(...of).text.replaceAll(/ \[.*?\]/g, ""),
    });
    const trained: typeof trajectoryNote = (name, stage) => {
      const note = trajectoryNote(name, stage);
      return { ...note, values: { ...note.values, heldoutEnd: trajectory(stage, "train").end } };
    };
    for (const wrong of [bare, trained]) await rejects(() => trajectoryLaws.showsEveryExamWithItsInterval(wrong, arm));
  });
  it("every arm drawn rejects: the first arm alone", () =>
    rejects(() => trajectoryLaws.drawsEveryArm((arms) => trajectoryFigure(arms.slice(0, 1)), [arm, arm])));
});

/** R5 or R6 with its conditions, its notes or the arms that it is given changed on the way. */
const conditioned =
  (measure: HackTrajectory, change: (one: Condition) => Condition): HackTrajectory =>
  (evidence) => {
    const measured = measure(evidence);
    if (measured.kind !== "measured") return measured;
    const [first, ...rest] = measured.conditions;
    return { ...measured, conditions: [change(first), ...rest.map(change)] };
  };
const revalued = (measure: HackTrajectory, name: RegExp, change: (value: number) => number) =>
  conditioned(measure, (one) => (name.test(one.name) ? { ...one, value: change(one.value) } : one));
const withoutNotes =
  (measure: HackTrajectory, label: RegExp): HackTrajectory =>
  (evidence) => {
    const measured = measure(evidence);
    return measured.kind === "measured"
      ? { ...measured, notes: measured.notes.filter((note) => !label.test(note.label)) }
      : measured;
  };
const withArms =
  (measure: HackTrajectory, change: (arms: Arms) => Arms): HackTrajectory =>
  (evidence) =>
    measure({ ...evidence, arms: change(evidence.arms) });

describe("teeth: hackTrajectory", () => {
  it("comparisons rejects: the gap's sign turned, saturation without the gaps, random directions for the projected arm, another bound", async () => {
    const gapsFilled = revalued(hackTrajectory, /clip bounds/, (share) => share || 0);
    const swapped = withArms(hackTrajectory, (arms) => ({
      ...arms,
      projected: arms.random_v,
      random_v: arms.projected,
    }));
    const looser = conditioned(hackTrajectory, (one) => ({ ...one, bound: one.bound / 2 }));
    const turned = revalued(hackTrajectory, /minus/, (gap) => -gap);
    for (const wrong of [turned, gapsFilled, swapped, looser])
      await rejects(() => hackTrajectoryLaws.comparesWhatItSays(wrong, given, run));
  });
  it("every arm shown rejects: the routed arm left out, steps in another order", async () => {
    const reversed = (reading: Arms["vanilla"]) =>
      reading.kind === "found" ? { ...reading, value: reading.value.toReversed() } : reading;
    const turned = withArms(hackTrajectory, (arms) => ({ ...arms, vanilla: reversed(arms.vanilla) }));
    for (const wrong of [withoutNotes(hackTrajectory, /^routed/), turned])
      await rejects(() => hackTrajectoryLaws.showsEveryArm(wrong, given, run));
  });
});

describe("teeth: loraComparison", () => {
  it("comparisons rejects: the ratio upside down, AntiPaSTO's arms for LoRA's, a drift of zero where none was measured", async () => {
    const upsideDown = revalued(loraComparison, /over/, (ratio) => 1 / ratio);
    const sameArms = withArms(loraComparison, (arms) => ({
      ...arms,
      vanilla_lora: arms.vanilla,
      projected_lora: arms.projected,
    }));
    const driftless = revalued(loraComparison, /without/, () => 0);
    for (const wrong of [upsideDown, sameArms, driftless])
      await rejects(() => loraComparisonLaws.comparesWhatItSays(wrong, given, run));
  });
  it("drift and removal rejects: the replays left out, AntiPaSTO's replay for LoRA's", async () => {
    const replays = { lora: toothArm(4), antipasto: toothArm(6) };
    const otherReplay: LoraComparison = (evidence) => loraComparison({ ...evidence, lora: evidence.antipasto });
    const leftOut = withoutNotes(loraComparison, /replay/);
    for (const wrong of [leftOut, otherReplay])
      await rejects(() => loraComparisonLaws.showsDriftAndRemoval(wrong, given, run, replays));
  });
  it("first and last third rejects: halves, cosines that are missing taken for zero", async () => {
    const zero = (row: RolloutRow) => ({ ...row, meanCosPost: row.meanCosPost ?? 0 });
    const zeroed: typeof removal = (stage) => removal(stage.map((step) => ({ ...step, rows: step.rows.map(zero) })));
    const halves: typeof removal = (stage) => ({
      ...removal(stage),
      cosInEarly: removal(stage.slice(0, 15)).cosInLate,
    });
    await rejects(() => loraComparisonLaws.averagesFirstAndLastThird(halves, arm));
    await rejects(() =>
      loraComparisonLaws.averagesFirstAndLastThird(zeroed, { ...arm, steps: arm.steps.slice(5, 11) }),
    );
  });
});
