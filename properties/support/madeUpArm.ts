import { manifest, rolloutRow } from "./evidence.ts";
import type { Reading, StageEvidence } from "../../src/uat/evidence/evidence.ts";

/** Hack and solve rates of one made-up arm. */
export interface ArmFigures {
  readonly start: number;
  readonly end: number;
  readonly solves: number;
  readonly outside: number; // share of teacher tokens beyond the clip bounds, in every step
}

/** A trajectory of 15 updates with exams before the first and after the last. */
export function trajectoryOf(arm: string, { start, end, solves, outside }: ArmFigures): Reading<StageEvidence> {
  const exam = (prefix: string, rate: number) =>
    Object.fromEntries(
      ["train", "heldout"].flatMap((set) => [
        [`${prefix}exam_${set}_hack_rate`, rate],
        [`${prefix}exam_${set}_solve_rate`, solves],
        [`${prefix}exam_${set}_rows`, 100],
      ]),
    );
  const steps = Array.from({ length: 15 }, (_, step) => ({
    step,
    path: `${arm}/step_${step}`,
    rows: [rolloutRow({ step, arm })],
    manifest: manifest(`grpo ${arm}`, {
      config: { arm },
      measurements: {
        teacher_outside_fraction: outside,
        student_outside_fraction: 0,
        teacher_clip_fraction: 0,
        zero_advantage_groups: 0,
        groups: 8,
        cos_in: 0.1,
        cos_out: 0,
        cos_update: 0,
        displacement_along: 0,
        drift_angle_a: 0,
        drift_angle_b: 0,
        drift_overlap: 1,
        v_hack_meaning: 1,
        ...(step === 0 ? exam("start_", start) : {}),
        ...(step === 14 ? exam("", end) : {}),
      },
    }),
  }));
  return { kind: "found", path: arm, value: steps };
}
