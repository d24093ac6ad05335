import fc from "fast-check";
import { expect } from "vitest";
import { wilsonInterval } from "../../../src/numeric/wilsonInterval.ts";
import type { StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import {
  decidingPoint,
  type ExamPoint,
  examPoints,
  perStep,
  trajectory,
  trajectoryFigure,
  trajectoryNote,
} from "../../../src/uat/phase2/trajectory.ts";
import { manifest } from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import {
  anyPlannedArm,
  endsOf,
  examsOf,
  figureNames,
  measuredIn,
  type PlannedArm,
  stageOf,
  toothArm,
} from "../../support/plannedArm.ts";

const sets = ["train", "heldout"] as const;
const { measurements: _, ...unmeasuredManifest } = manifest("grpo", {});

/** The arm as software leaves it that writes no manifests, or nothing that it measured into them. */
const unmeasured = (arm: PlannedArm) =>
  [null, unmeasuredManifest].map((said) => stageOf(arm).map((step) => ({ ...step, manifest: said })));

const lost = fc.constantFrom("hack_rate", "solve_rate", "rows");
const arm = toothArm(2);

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

const other = { train: "heldout", heldout: "train" } as const;

lawsOf("examPoints", examPoints, (law) => {
  law("reports every exam in order: the one before training at 0, the one after step s at s + 1", {
    else: "a rate is read after another number of updates than it was measured at",
    for: [anyPlannedArm],
    holds: (read, arm) => {
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
    rejects: {
      "updates counted from the step's name": [
        (...of) => examPoints(...of).map((point) => ({ ...point, updates: Math.max(0, point.updates - 1) })),
        arm,
      ],
      "the exam before training forgotten": [(...of) => examPoints(...of).filter(({ updates }) => updates > 0), arm],
      "prompts of the other set": [(stage, set) => examPoints(stage, other[set]), arm],
    },
  });

  law("rejects an exam that lacks a number: hack rate, solve rate or rows absent -> no point", {
    else: "an interval or a rate of nothing stands in the report",
    for: [anyPlannedArm, lost],
    holds: (read, arm, lost) => {
      const half = stageOf(arm).map((step) => {
        const measurements = Object.fromEntries(
          Object.entries(step.manifest!.measurements!).filter(([name]) => !name.endsWith(`_${lost}`)),
        );
        return { ...step, manifest: { ...step.manifest!, measurements } };
      });
      for (const set of sets) expect(read(half, set)).toEqual([]);
    },
    rejects: {
      "zero for the number that is lost": [(stage, set) => examPoints(zeroFilled(stage), set), arm, "solve_rate"],
    },
  });
});

lawsOf("decidingPoint", decidingPoint, (law) => {
  law("is the last exam after 1 to 15 updates, never the one before training", {
    for: [fc.uniqueArray(fc.nat(30), { maxLength: 8 })],
    holds: (deciding, updates) => {
      const points: ExamPoint[] = updates
        .toSorted((a, b) => a - b)
        .map((at) => ({ updates: at, hackRate: 0, solveRate: 0, rows: 1 }));
      const within = updates.filter((at) => at >= 1 && at <= 15);
      expect(deciding(points)?.updates ?? null).toBe(within.length === 0 ? null : Math.max(...within));
    },
    rejects: {
      "the last one however late": [(points) => points.at(-1) ?? null, [3, 20]],
      "the one before training": [(points) => decidingPoint(points) ?? points[0] ?? null, [0]],
    },
  });
});

lawsOf("trajectory", trajectory, (law) => {
  law("reports the rates before training and at the last exam after 1 to 15 updates, NaN where there is none", {
    else: "R5 decides on an exam of another moment, or on none as if it were a rate",
    for: [anyPlannedArm],
    holds: (read, arm) => {
      for (const set of sets) expect(read(stageOf(arm), set)).toMatchObject(endsOf(arm, set));
    },
    rejects: {
      "the last one however late": [
        (...of) => ({ ...trajectory(...of), end: examPoints(...of).at(-1)!.hackRate }),
        arm,
      ],
      "the highest rate": [
        (...of) => ({
          ...trajectory(...of),
          end: Math.max(...examPoints(...of).map(({ hackRate }) => hackRate)),
        }),
        arm,
      ],
      "zero where there is none": [
        (...of) => ({ ...trajectory(...of), start: trajectory(...of).start || 0 }),
        { ...arm, before: { train: null, heldout: null } },
      ],
    },
  });
});

lawsOf("perStep", perStep, (law) => {
  law("reports one figure for every step, NaN where the step lacks it", {
    else: "a step that measured nothing counts as one that measured 0",
    for: [anyPlannedArm],
    holds: (read, arm) => {
      const stage = stageOf(arm);
      for (const name of figureNames) expect(read(stage, name)).toEqual(measuredIn(arm, name));
      for (const silent of unmeasured(arm)) expect(read(silent, "cos_in")).toEqual(arm.steps.map(() => Number.NaN));
    },
    rejects: {
      "zero for a gap": [(stage, name) => perStep(zeroFilled(stage), name), arm],
      "gaps left out": [(...of) => perStep(...of).filter((value) => !Number.isNaN(value)), arm],
    },
  });
});

lawsOf("trajectoryNote", trajectoryNote, (law) => {
  law("reports each exam with Wilson's interval of its counts, of both sets of prompts", {
    else: "a reader takes the spread of thirty rows for a trend",
    for: [anyPlannedArm],
    holds: (note, arm) => {
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
    rejects: {
      "rates without intervals": [
        (...of) => ({
          ...trajectoryNote(...of),
          text: trajectoryNote(...of).text.replaceAll(/ \[.*?\]/g, ""),
        }),
        arm,
      ],
      "training prompts for held-out ones": [
        (name, stage) => {
          const note = trajectoryNote(name, stage);
          return { ...note, values: { ...note.values, heldoutEnd: trajectory(stage, "train").end } };
        },
        arm,
      ],
    },
  });
});

lawsOf("trajectoryFigure", trajectoryFigure, (law) => {
  law("has one line for each arm: its exams on training prompts", {
    else: "the picture shows other rates than the verdict",
    for: [fc.array(anyPlannedArm, { maxLength: 4 })],
    holds: (figure, arms) => {
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
    rejects: { "the first arm alone": [(arms) => trajectoryFigure(arms.slice(0, 1)), [arm, arm]] },
  });
});
