import { discrimination } from "./discrimination.ts";
import type { Evidence, StageEvidence } from "./evidence.ts";
import { removalNote } from "./loraComparison.ts";
import type { Measurement } from "./measurement.ts";
import type { Phase2Evidence } from "./phase2Evidence.ts";
import { perStep, trajectory } from "./trajectory.ts";

/** One figure of both adapters; "-" where it was not measured. */
export interface SideBySideRow {
  readonly figure: string;
  readonly antipasto: string;
  readonly lora: string;
}

/** R6's view: T4 over the same pool, cosines, drift and trajectories of both adapters. */
export function sideBySide({ antipasto, lora, arms }: Phase2Evidence): SideBySideRow[] {
  const [left, right] = [adapterFigures(antipasto), adapterFigures(lora)];
  const stage = (reading: (typeof arms)["vanilla"]): StageEvidence | null => (reading.kind === "found" ? reading.value : null);
  const [armsLeft, armsRight] = [
    armFigures(stage(arms.vanilla), stage(arms.projected), stage(arms.random_v)),
    armFigures(stage(arms.vanilla_lora), stage(arms.projected_lora), stage(arms.random_v_lora)),
  ];
  return [...zipped(left, right), ...zipped(armsLeft, armsRight)];
}

type Figures = readonly (readonly [figure: string, value: string])[];

function zipped(left: Figures, right: Figures): SideBySideRow[] {
  return left.map(([figure, antipasto], i) => ({ figure, antipasto, lora: right[i]![1] }));
}

function adapterFigures(evidence: Evidence): Figures {
  const measured = evidence.vanilla.kind === "found" ? discrimination(evidence) : null;
  const of = (name: string, digits: number) => condition(measured, name, digits);
  const projected = evidence.projected.kind === "found" ? evidence.projected.value : null;
  const values = projected === null ? null : removalNote("", projected).values;
  const cosine = (name: string) => (values === null ? "-" : Number(values[name]).toFixed(4));
  const last = (name: string) => (projected === null ? "-" : shown(perStep(projected, name).at(-1)!, 3));
  return [
    ["T4: Welch t", of("Welch t", 2)],
    ["T4: p", of("Welch p", 5)],
    ["T4: p_rand of t", of("p_rand of t", 3)],
    ["T4: p_rand of the difference", of("p_rand of the difference", 3)],
    ["T4: p at equal length", of("p at equal completion length", 5)],
    ["replay projected, first third: cos_in", cosine("cosInEarly")],
    ["replay projected, first third: cos_out", cosine("cosOutEarly")],
    ["replay projected, last third: cos_in", cosine("cosInLate")],
    ["replay projected, last third: cos_out", cosine("cosOutLate")],
    ["replay projected, at the end: angle of A, rad", last("drift_angle_a")],
    ["replay projected, at the end: angle of B, rad", last("drift_angle_b")],
    ["replay projected, at the end: overlap of A", last("drift_overlap")],
    ["replay projected, at the end: meaning of v_hack", last("v_hack_meaning")],
  ];
}

function condition(measured: Measurement | null, name: string, digits: number): string {
  if (measured === null || measured.kind !== "measured") return "-";
  const found = measured.conditions.find((candidate) => candidate.name === name);
  return found === undefined ? "-" : shown(found.value, digits);
}

function armFigures(vanilla: StageEvidence | null, projected: StageEvidence | null, random: StageEvidence | null): Figures {
  const end = (stage: StageEvidence | null) => (stage === null ? Number.NaN : trajectory(stage, "train").end);
  const start = vanilla === null ? Number.NaN : trajectory(vanilla, "train").start;
  const last = (name: string) => (projected === null ? Number.NaN : perStep(projected, name).at(-1)!);
  return [
    ["GRPO: hack rate before", shown(start, 3)],
    ["GRPO vanilla: hack rate after 15", shown(end(vanilla), 3)],
    ["GRPO projected: hack rate after 15", shown(end(projected), 3)],
    ["GRPO random v: hack rate after 15", shown(end(random), 3)],
    ["GRPO projected: reduction", shown(end(vanilla) - end(projected), 3)],
    ["GRPO projected, at the end: angle of A, rad", shown(last("drift_angle_a"), 3)],
    ["GRPO projected, at the end: angle of B, rad", shown(last("drift_angle_b"), 3)],
    ["GRPO projected, at the end: meaning of v_hack", shown(last("v_hack_meaning"), 3)],
  ];
}

function shown(value: number, digits: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(digits);
}
