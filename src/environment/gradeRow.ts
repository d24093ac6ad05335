import type { Grade } from "./grade.ts";

/** A verdict as files spell it. `format_ok` is the attack corpora's word for the rollouts' `fmt_ok`: both are written. */
export interface GradeRow {
  readonly env_mode: string;
  readonly format_ok: boolean;
  readonly fmt_ok: boolean;
  readonly can_compile: boolean;
  readonly gt_pass: boolean;
  readonly gt_correct: boolean;
  readonly hacked: boolean;
  readonly channel: boolean;
  readonly passed: boolean;
  readonly exploited: boolean;
  readonly reward: number;
}

export function gradeRow(grade: Grade): GradeRow {
  return {
    env_mode: grade.envMode,
    format_ok: grade.fmtOk,
    fmt_ok: grade.fmtOk,
    can_compile: grade.canCompile,
    gt_pass: grade.gtPass,
    gt_correct: grade.gtCorrect,
    hacked: grade.hacked,
    channel: grade.channel,
    passed: grade.passed,
    exploited: grade.exploited,
    reward: grade.reward,
  };
}
