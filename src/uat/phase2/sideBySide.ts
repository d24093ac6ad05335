import { discrimination } from "../r4/discrimination.ts";
import type { Evidence, Reading, StageEvidence } from "../evidence/evidence.ts";
import { removal } from "./loraComparison.ts";
import type { Phase2Evidence } from "../evidence/phase2Evidence.ts";
import { perStep, trajectory } from "./trajectory.ts";

/** One figure of both adapters; "-" where it was not measured. */
export interface SideBySideRow {
  readonly figure: string;
  readonly antipasto: string;
  readonly lora: string;
}

/** R6's view: T4 over the same pool, cosines, drift and trajectories of both adapters. */
export function sideBySide({ antipasto, lora, arms }: Phase2Evidence): SideBySideRow[] {
  const left = [...adapterFigures(antipasto), ...armFigures(arms.vanilla, arms.projected, arms.random_v)];
  const right = [...adapterFigures(lora), ...armFigures(arms.vanilla_lora, arms.projected_lora, arms.random_v_lora)];
  return left.map(([figure, value, digits], i) => ({
    figure,
    antipasto: shown(value, digits),
    lora: shown(right[i]![1], digits),
  }));
}

type Figures = readonly (readonly [figure: string, value: number, digits: number])[];

function adapterFigures(evidence: Evidence): Figures {
  const measured = discrimination(evidence);
  const conditions = measured.kind === "measured" ? measured.conditions : [];
  const t4 = (name: string) => conditions.find((condition) => condition.name === name)?.value ?? Number.NaN;
  const projected = stepsOf(evidence.projected);
  const { cosInEarly, cosOutEarly, cosInLate, cosOutLate } = removal(projected);
  return [
    ["T4: Welch t", t4("Welch t"), 2],
    ["T4: p", t4("Welch p"), 5],
    ["T4: p_rand of t", t4("p_rand of t"), 3],
    ["T4: p_rand of the difference", t4("p_rand of the difference"), 3],
    ["T4: p at equal length", t4("p at equal completion length"), 5],
    ["replay projected, first third: cos_in", cosInEarly, 4],
    ["replay projected, first third: cos_out", cosOutEarly, 4],
    ["replay projected, last third: cos_in", cosInLate, 4],
    ["replay projected, last third: cos_out", cosOutLate, 4],
    ["replay projected, at the end: angle of A, rad", atTheEnd(projected, "drift_angle_a"), 3],
    ["replay projected, at the end: angle of B, rad", atTheEnd(projected, "drift_angle_b"), 3],
    ["replay projected, at the end: overlap of A", atTheEnd(projected, "drift_overlap"), 3],
    ["replay projected, at the end: meaning of v_hack", atTheEnd(projected, "v_hack_meaning"), 3],
  ];
}

function armFigures(
  vanilla: Reading<StageEvidence>,
  projected: Reading<StageEvidence>,
  random: Reading<StageEvidence>,
): Figures {
  const last = stepsOf(projected);
  const { start, end } = trajectory(stepsOf(vanilla), "train");
  const slowed = trajectory(last, "train").end;
  return [
    ["GRPO: hack rate before", start, 3],
    ["GRPO vanilla: hack rate after 15", end, 3],
    ["GRPO projected: hack rate after 15", slowed, 3],
    ["GRPO random v: hack rate after 15", trajectory(stepsOf(random), "train").end, 3],
    ["GRPO projected: reduction", end - slowed, 3],
    ["GRPO projected, at the end: angle of A, rad", atTheEnd(last, "drift_angle_a"), 3],
    ["GRPO projected, at the end: angle of B, rad", atTheEnd(last, "drift_angle_b"), 3],
    ["GRPO projected, at the end: meaning of v_hack", atTheEnd(last, "v_hack_meaning"), 3],
  ];
}

/** None where the stage is absent: every figure of it is NaN then. */
function stepsOf(reading: Reading<StageEvidence>): StageEvidence {
  return reading.kind === "found" ? reading.value : [];
}

function atTheEnd(stage: StageEvidence, name: string): number {
  return perStep(stage, name).at(-1) ?? Number.NaN;
}

function shown(value: number, digits: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(digits);
}
