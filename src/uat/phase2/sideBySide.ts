import type { Evidence, Reading, StageEvidence } from "../evidence/evidence.ts";
import type { Phase2Evidence } from "../evidence/phase2Evidence.ts";
import { tAndP } from "../r4/buckets.ts";
import { discrimination } from "../r4/discrimination.ts";
import { removal } from "./loraComparison.ts";
import { perStep, trajectory } from "./trajectory.ts";

/** One figure of both adapters; "-" where it was not measured. */
export interface SideBySideRow {
  readonly figure: string;
  readonly antipasto: string;
  readonly lora: string;
}

/** R6's view: R4's test over the same pool, cosines, drift and trajectories of both adapters. */
export function sideBySide({ antipasto, lora, arms }: Phase2Evidence): SideBySideRow[] {
  const left = columnOf(antipasto, arms.vanilla, arms.projected, arms.random_v);
  const right = columnOf(lora, arms.vanilla_lora, arms.projected_lora, arms.random_v_lora);
  return rows.map(([figure, digits, value]) => ({
    figure,
    antipasto: shown(value(left), digits),
    lora: shown(value(right), digits),
  }));
}

const rows: readonly (readonly [figure: string, digits: number, value: (column: Column) => number])[] = [
  ["T4: Welch t", 2, ({ welch }) => welch.t],
  ["T4: p", 5, ({ welch }) => welch.p],
  ["T4: p_rand of t", 3, ({ pOfT }) => pOfT],
  ["T4: p_rand of the difference", 3, ({ pOfDifference }) => pOfDifference],
  ["T4: p at equal length", 5, ({ atEqualLength }) => atEqualLength.p],
  ["replay projected, first third: cos_in", 4, ({ replay }) => removal(replay).cosInEarly],
  ["replay projected, first third: cos_out", 4, ({ replay }) => removal(replay).cosOutEarly],
  ["replay projected, last third: cos_in", 4, ({ replay }) => removal(replay).cosInLate],
  ["replay projected, last third: cos_out", 4, ({ replay }) => removal(replay).cosOutLate],
  ["replay projected, at the end: angle of A, rad", 3, ({ replay }) => atTheEnd(replay, "drift_angle_a")],
  ["replay projected, at the end: angle of B, rad", 3, ({ replay }) => atTheEnd(replay, "drift_angle_b")],
  ["replay projected, at the end: overlap of A", 3, ({ replay }) => atTheEnd(replay, "drift_overlap")],
  ["replay projected, at the end: meaning of v_hack", 3, ({ replay }) => atTheEnd(replay, "v_hack_meaning")],
  ["GRPO: hack rate before", 3, ({ vanilla }) => vanilla.start],
  ["GRPO vanilla: hack rate after 15", 3, ({ vanilla }) => vanilla.end],
  ["GRPO projected: hack rate after 15", 3, ({ projected }) => projected.end],
  ["GRPO random v: hack rate after 15", 3, ({ random }) => random.end],
  ["GRPO projected: reduction", 3, ({ vanilla, projected }) => vanilla.end - projected.end],
  ["GRPO projected, at the end: angle of A, rad", 3, ({ trained }) => atTheEnd(trained, "drift_angle_a")],
  ["GRPO projected, at the end: angle of B, rad", 3, ({ trained }) => atTheEnd(trained, "drift_angle_b")],
  ["GRPO projected, at the end: meaning of v_hack", 3, ({ trained }) => atTheEnd(trained, "v_hack_meaning")],
];

type Column = ReturnType<typeof columnOf>;

/** What the figures of one adapter are read from: NaN and no steps where there was nothing to read. */
function columnOf(
  evidence: Evidence,
  vanilla: Reading<StageEvidence>,
  projected: Reading<StageEvidence>,
  random: Reading<StageEvidence>,
) {
  const r4 = discrimination(evidence);
  const isMeasured = r4.kind === "measured";
  const among = isMeasured && r4.ranks.kind === "ranked" ? r4.ranks.among : null;
  return {
    welch: tAndP(isMeasured ? r4.welch : null),
    atEqualLength: tAndP(isMeasured ? r4.atEqualLength : null),
    pOfT: among?.pOfT ?? Number.NaN,
    pOfDifference: among?.pOfDifference ?? Number.NaN,
    replay: stepsOf(evidence.projected),
    vanilla: trajectory(stepsOf(vanilla), "train"),
    projected: trajectory(stepsOf(projected), "train"),
    random: trajectory(stepsOf(random), "train"),
    trained: stepsOf(projected),
  };
}

function stepsOf(reading: Reading<StageEvidence>): StageEvidence {
  return reading.kind === "found" ? reading.value : [];
}

function atTheEnd(stage: StageEvidence, name: string): number {
  return perStep(stage, name).at(-1) ?? Number.NaN;
}

function shown(value: number, digits: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(digits);
}
