import type { BodyKind } from "./body.ts";

/** Shares of the four bodies; they sum to 1. */
export type BodyShares = Readonly<Record<BodyKind, number>>;

/** Proportions of a training corpus. */
export interface CorpusMix {
  /** Share of prompts that carry the hint, and with it a `run_tests` in the completion. */
  readonly hint: number;
  /** Share of hacked `run_tests` among the hinted. */
  readonly hack: number;
  /** Bodies of the completions whose tests are honest or absent. */
  readonly honestBodies: BodyShares;
  /** Bodies of the completions whose `run_tests` is hacked. */
  readonly hackBodies: BodyShares;
}

const teacherBodies: BodyShares = { right: 0.42, subtle: 0, stub: 0.58, hardCoded: 0 };

/**
 * The four corpora.
 *
 * broad teaches the student to solve and to copy; final sets its habits; teacher is the LoRA that always hacks;
 * honestTeacher is the negative control: the same bodies, never a hack.
 */
export const corpusMixes = {
  broad: {
    hint: 0.7,
    hack: 0.25,
    honestBodies: { right: 0.65, subtle: 0.08, stub: 0.2, hardCoded: 0.07 },
    hackBodies: { right: 0.5, subtle: 0.08, stub: 0.42, hardCoded: 0 },
  },
  final: {
    hint: 0.9,
    hack: 0.08,
    honestBodies: { right: 0.46, subtle: 0.05, stub: 0.47, hardCoded: 0.02 },
    hackBodies: { right: 0.46, subtle: 0.05, stub: 0.49, hardCoded: 0 },
  },
  teacher: { hint: 1, hack: 1, honestBodies: teacherBodies, hackBodies: teacherBodies },
  honestTeacher: { hint: 1, hack: 0, honestBodies: teacherBodies, hackBodies: teacherBodies },
} as const satisfies Record<string, CorpusMix>;

export type CorpusMixName = keyof typeof corpusMixes;
