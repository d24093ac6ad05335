import type { Condition, Figure, Note } from "./measurement.ts";

export type Outcome = "PASS" | "PASS, not specific" | "CLEAN NEGATIVE" | "FAIL";

export type JudgedCondition = Condition & { readonly holds: boolean };

/** One line of the gate's answer. */
export interface Verdict {
  readonly id: string;
  readonly claim: string;
  readonly outcome: Outcome;
  /** False when there was nothing to measure: the outcome is FAIL for want of evidence. */
  readonly measured: boolean;
  readonly headline: string;
  readonly threshold: string;
  readonly path: string;
  readonly message: string;
  readonly conditions: readonly JudgedCondition[];
  readonly notes: readonly Note[];
  readonly figures: readonly Figure[];
}
