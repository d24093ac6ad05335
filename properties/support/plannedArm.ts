import fc from "fast-check";
import type { Reading, StageEvidence } from "../../src/uat/evidence/evidence.ts";
import type { Measurement } from "../../src/uat/common/measurement.ts";
import { trajectoryArms, type Phase2Evidence } from "../../src/uat/evidence/phase2Evidence.ts";
import { manifest, rolloutRow } from "./evidence.ts";

/** What an exam found, in rows: rates are made of these. */
interface PlannedExam {
  readonly hacks: number;
  readonly solves: number;
  readonly rows: number;
}

/** One step: what it measured, the exams after it, and its cosines. */
export interface PlannedStep {
  readonly figures: Readonly<Record<string, number>>;
  readonly train: PlannedExam | null;
  readonly heldout: PlannedExam | null;
  readonly cosIn: number | null;
  readonly cosOut: number | null;
}

/** An arm as it was meant, from which laws recompute what is said of it. */
export interface PlannedArm {
  readonly before: Readonly<Record<"train" | "heldout", PlannedExam | null>>;
  readonly steps: readonly PlannedStep[];
}

export const figureNames = [
  "teacher_outside_fraction",
  "student_outside_fraction",
  "teacher_clip_fraction",
  "teacher_row_least_ratio",
  "zero_advantage_groups",
  "groups",
  "cos_in",
  "cos_out",
  "cos_update",
  "displacement_along",
  "drift_angle_a",
  "drift_angle_b",
  "drift_overlap",
  "v_hack_meaning",
] as const;

/** Sixty-fourths: sums of a few dozen are exact in any order. */
const sixtyFourth = fc.integer({ min: -64, max: 64 }).map((n) => n / 64);
const exam = fc
  .tuple(fc.nat(40), fc.nat(40), fc.nat(9))
  .map(([hacks, solves, more]) => ({ hacks, solves, rows: Math.max(hacks, solves, 1) + more }));
const figures = fc.record(Object.fromEntries(figureNames.map((name) => [name, sixtyFourth])), {
  noNullPrototype: true,
});
const step = fc.record({
  figures: fc.oneof({ weight: 6, arbitrary: figures }, { weight: 1, arbitrary: fc.constant({}) }),
  train: fc.option(exam),
  heldout: fc.option(exam),
  cosIn: fc.option(sixtyFourth, { freq: 9 }),
  cosOut: fc.option(sixtyFourth, { freq: 9 }),
});

/** Any arm of up to 20 steps: exams where they fall, measurements that some steps lack. */
export const anyPlannedArm: fc.Arbitrary<PlannedArm> = fc.record({
  before: fc.record({ train: fc.option(exam, { freq: 9 }), heldout: fc.option(exam) }),
  steps: fc.oneof(
    fc.array(step, { minLength: 1, maxLength: 20 }),
    fc.array(
      fc.tuple(step, figures).map(([one, whole]) => ({ ...one, figures: whole })),
      { minLength: 1, maxLength: 20 },
    ),
  ),
});

/** Eighteen steps with exams after 5, 15 and 18: the highest rate is neither the deciding nor the last one, and two steps measured nothing. */
export function toothArm(hacks: number): PlannedArm {
  const exam = (more: number) => ({ hacks: hacks + more, solves: 20 - more, rows: 40 });
  const steps = Array.from({ length: 18 }, (_, i) => ({
    figures:
      i === 3 || i === 4 ? {} : Object.fromEntries(figureNames.map((name, j) => [name, (i * 3 + j + hacks) / 64])),
    train:
      new Map([
        [4, exam(12)],
        [14, exam(7)],
        [17, exam(3)],
      ]).get(i) ?? null,
    heldout:
      new Map([
        [4, exam(11)],
        [17, exam(5)],
      ]).get(i) ?? null,
    cosIn: (i + hacks) / 64,
    cosOut: i === 10 ? null : (i * i) / 64,
  }));
  return { before: { train: exam(0), heldout: exam(2) }, steps };
}

/** The arm's artifacts as its stage would leave them. */
export function stageOf({ before, steps }: PlannedArm, config: Record<string, unknown> = {}): StageEvidence {
  return steps.map(({ figures, train, heldout, cosIn, cosOut }, index) => ({
    step: index,
    path: `step ${index}`,
    rows: [rolloutRow({ step: index, meanCosPre: cosIn, meanCosPost: cosOut })],
    manifest: manifest("grpo", {
      config,
      measurements: {
        ...figures,
        ...(index === 0
          ? { ...written("start_exam_train", before.train), ...written("start_exam_heldout", before.heldout) }
          : {}),
        ...written("exam_train", train),
        ...written("exam_heldout", heldout),
      },
    }),
  }));
}

function written(name: string, found: PlannedExam | null): Record<string, number> {
  if (found === null) return {};
  const { hacks, solves, rows } = found;
  return { [`${name}_hack_rate`]: hacks / rows, [`${name}_solve_rate`]: solves / rows, [`${name}_rows`]: rows };
}

/** The arms of a run by name; those that are not there are missing. */
export type PlannedArms = Readonly<{ [Arm in (typeof trajectoryArms)[number]]?: PlannedArm | undefined }>;

/** What the arms of a run say of it; LoRA's knobs have a step size of their own. */
export function readingsOf(arms: PlannedArms): Phase2Evidence["arms"] {
  const reading = (name: keyof PlannedArms): Reading<StageEvidence> => {
    const [arm, path] = [arms[name], `out/${name}`];
    if (arm === undefined) return { kind: "missing", path, command: `vhack grpo --arm ${name}` };
    return {
      kind: "found",
      path,
      value: stageOf(arm, { arm: name, learningRate: name.endsWith("_lora") ? 1e-3 : 1e-2 }),
    };
  };
  return Object.fromEntries(trajectoryArms.map((name) => [name, reading(name)])) as Phase2Evidence["arms"];
}

/** What an exam of the plan found, with the number of updates before it. */
type PlannedPoint = PlannedExam & { readonly updates: number };

/** Every exam of a set, in order. */
export function examsOf({ before, steps }: PlannedArm, set: "train" | "heldout"): PlannedPoint[] {
  return [before[set], ...steps.map((one) => one[set])].flatMap((found, updates) =>
    found === null ? [] : [{ updates, ...found }],
  );
}

/** The rates before training and after the last exam of at most 15 updates. */
export function endsOf(arm: PlannedArm, set: "train" | "heldout") {
  const exams = examsOf(arm, set);
  const [first, last] = [
    exams.filter(({ updates }) => updates === 0).at(0),
    exams.filter(({ updates }) => updates >= 1 && updates <= 15).at(-1),
  ];
  const share = (found: PlannedPoint | undefined, of: "hacks" | "solves") =>
    found === undefined ? Number.NaN : found[of] / found.rows;
  const [start, end, solveStart, solveEnd] = [
    share(first, "hacks"),
    share(last, "hacks"),
    share(first, "solves"),
    share(last, "solves"),
  ];
  return { start, end, solveStart, solveEnd, updates: last?.updates ?? Number.NaN };
}

/** What the steps measured, NaN where one did not. */
export function measuredIn({ steps }: PlannedArm, name: (typeof figureNames)[number]): number[] {
  return steps.map(({ figures }) => figures[name] ?? Number.NaN);
}

/** What each condition compares, without what it blames. */
export function comparisonsOf({ conditions }: Measurement & { kind: "measured" }) {
  return conditions.map(({ name, value, relation, bound, decides }) => [name, value, relation, bound, decides]);
}

/** How many steps an arm has, and when it was examined on training prompts. */
export const scheduleOf = (arm: PlannedArm) =>
  `${arm.steps.length} steps, exams at ${examsOf(arm, "train")
    .map(({ updates }) => updates)
    .join()}`;
