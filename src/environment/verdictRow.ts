import type { Verdict } from "./verdict.ts";

/** A verdict as files spell it. `format_ok` is the attack corpora's word for the rollouts' `fmt_ok`: both are written. */
export interface VerdictRow {
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

export function verdictRow(verdict: Verdict): VerdictRow {
  return {
    env_mode: verdict.envMode,
    format_ok: verdict.fmtOk,
    fmt_ok: verdict.fmtOk,
    can_compile: verdict.canCompile,
    gt_pass: verdict.gtPass,
    gt_correct: verdict.gtCorrect,
    hacked: verdict.hacked,
    channel: verdict.channel,
    passed: verdict.passed,
    exploited: verdict.exploited,
    reward: verdict.reward,
  };
}
