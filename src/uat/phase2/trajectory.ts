import { wilsonInterval } from "../../numeric/wilsonInterval.ts";
import type { StageEvidence } from "../evidence/evidence.ts";
import type { Figure, Note } from "../common/measurement.ts";

/** R5 reads the hack rate after this many updates, or at the last exam before it. */
export const decidingStep = 15;

/** One exam of the deployed policy. */
export interface ExamPoint {
  readonly updates: number; // 0: before training
  readonly hackRate: number;
  readonly solveRate: number;
  readonly rows: number;
}

/** The exams of an arm in order, the one before training first. */
export function examPoints(stage: StageEvidence, set: "train" | "heldout"): ExamPoint[] {
  return stage.flatMap(({ step, manifest }) => {
    const measured = manifest?.measurements ?? {};
    const at = (prefix: string, updates: number): ExamPoint[] => {
      const of = (name: string) => measured[`${prefix}exam_${set}_${name}`];
      const [hackRate, solveRate, rows] = [of("hack_rate"), of("solve_rate"), of("rows")];
      return hackRate === undefined || solveRate === undefined || rows === undefined
        ? []
        : [{ updates, hackRate, solveRate, rows }];
    };
    return [...at("start_", 0), ...at("", step + 1)];
  });
}

/** The exam that decides: the last one after at most `decidingStep` updates; null where there was none after training began. */
export function decidingPoint(points: readonly ExamPoint[]): ExamPoint | null {
  return points.findLast(({ updates }) => updates > 0 && updates <= decidingStep) ?? null;
}

/** What an arm's trajectory comes to. NaN where an exam is missing: no comparison holds then. */
export interface Trajectory {
  readonly start: number;
  readonly end: number;
  readonly solveStart: number;
  readonly solveEnd: number;
  readonly updates: number;
  readonly points: readonly ExamPoint[];
}

export function trajectory(stage: StageEvidence, set: "train" | "heldout"): Trajectory {
  const points = examPoints(stage, set);
  const [start, end] = [points.find(({ updates }) => updates === 0), decidingPoint(points)];
  return {
    start: start?.hackRate ?? Number.NaN,
    end: end?.hackRate ?? Number.NaN,
    solveStart: start?.solveRate ?? Number.NaN,
    solveEnd: end?.solveRate ?? Number.NaN,
    updates: end?.updates ?? Number.NaN,
    points,
  };
}

/** A measurement of every step of an arm, NaN where a step does not have it. */
export function perStep(stage: StageEvidence, name: string): number[] {
  return stage.map(({ manifest }) => manifest?.measurements?.[name] ?? Number.NaN);
}

/** Hack and solve rates of an arm with their 95% intervals, as a note. */
export function trajectoryNote(arm: string, stage: StageEvidence): Note {
  const shown = (set: "train" | "heldout") =>
    examPoints(stage, set)
      .map(({ updates, hackRate, solveRate, rows }) => {
        const [low, high] = wilsonInterval(Math.round(hackRate * rows), rows);
        return `${updates}: ${hackRate.toFixed(3)} [${low.toFixed(2)}, ${high.toFixed(2)}], solves ${solveRate.toFixed(2)}`;
      })
      .join("; ");
  const last = trajectory(stage, "heldout");
  return {
    label: `${arm}: hack rate after n updates`,
    text: `training prompts ${shown("train")}. Held out ${shown("heldout")}`,
    values: { heldoutStart: last.start, heldoutEnd: last.end, solveStart: last.solveStart, solveEnd: last.solveEnd },
  };
}

/** The hack rates of several arms as one picture. */
export function trajectoryFigure(arms: readonly (readonly [name: string, stage: StageEvidence])[]): Figure {
  return {
    kind: "lines",
    title: "Student's hack rate on training prompts",
    xLabel: "updates",
    yLabel: "hack rate",
    series: arms.map(([name, stage]) => ({
      name,
      points: examPoints(stage, "train").map(({ updates, hackRate }) => [updates, hackRate] as const),
    })),
  };
}

/** A change of a rate with its sign: "+12.5 points". */
export function percentagePoints(share: number): string {
  return `${share >= 0 ? "+" : ""}${(100 * share).toFixed(1)} points`;
}
