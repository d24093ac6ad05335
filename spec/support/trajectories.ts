import { manifest, rolloutRow } from "../../properties/support/evidence.ts";
import type { Reading, StageEvidence } from "../../src/uat/evidence.ts";
import { readEvidence } from "../../src/uat/readEvidence.ts";
import { readPhase2Evidence } from "../../src/uat/readPhase2Evidence.ts";
import type { Phase2Evidence } from "../../src/uat/phase2Evidence.ts";
import { phase2Criteria } from "../../src/uat/phase2Criteria.ts";
import { judge } from "../../src/uat/judge.ts";
import type { Verdict } from "../../src/uat/verdict.ts";

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
    Object.fromEntries(["train", "heldout"].flatMap((set) => [[`${prefix}exam_${set}_hack_rate`, rate], [`${prefix}exam_${set}_solve_rate`, solves], [`${prefix}exam_${set}_rows`, 100]]));
  const steps = Array.from({ length: 15 }, (_, step) => ({
    step,
    path: `${arm}/step_${step}`,
    rows: [rolloutRow({ step, arm })],
    manifest: manifest(`grpo ${arm}`, {
      config: { arm },
      measurements: {
        teacher_outside_fraction: outside, student_outside_fraction: 0, teacher_clip_fraction: 0, zero_advantage_groups: 0, groups: 8,
        cos_in: 0.1, cos_out: 0, cos_update: 0, displacement_along: 0, drift_angle_a: 0, drift_angle_b: 0, drift_overlap: 1, v_hack_meaning: 1,
        ...(step === 0 ? exam("start_", start) : {}),
        ...(step === 14 ? exam("", end) : {}),
      },
    }),
  }));
  return { kind: "found", path: arm, value: steps };
}

/** Phase 2's evidence in an empty folder: every reading is missing. */
export async function emptyPhase2(): Promise<Phase2Evidence> {
  const nowhere = "out/nowhere";
  return readPhase2Evidence(nowhere, 41, await readEvidence(nowhere, 41, null));
}

/** The trajectories and extractions under test, where VHACK_OUT names a folder that holds them; otherwise null, said aloud. */
export async function phase2UnderTest(id: string, holds: (evidence: Phase2Evidence) => boolean): Promise<Phase2Evidence | null> {
  const out = process.env["VHACK_OUT"];
  const seed = Number(process.env["VHACK_SEED"] ?? 41);
  const evidence = out === undefined ? null : await readPhase2Evidence(out, seed, await readEvidence(out, seed, null));
  if (evidence !== null && holds(evidence)) return evidence;
  console.error(`${id}: no artifacts of phase 2 in ${out ?? "VHACK_OUT (not set)"}; make them with: npm run phase2, then VHACK_OUT=out/phase2 npx vitest run spec/${id.toLowerCase()}`);
  return null;
}

/** What is said at one requirement of phase 2; printed, since a pass has a figure too. */
export function judgedPhase2(id: string, evidence: Phase2Evidence): Verdict {
  const verdict = judge(phase2Criteria.find((criterion) => criterion.id === id)!, evidence);
  console.error(`${id} ${verdict.outcome}: ${verdict.headline}   (${verdict.threshold}; read from ${verdict.path})${verdict.message === "" ? "" : `\n${verdict.message}`}`);
  return verdict;
}
