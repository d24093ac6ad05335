import { expect } from "vitest";
import type { Criterion } from "../../src/uat/criteria.ts";
import type { Evidence } from "../../src/uat/evidence.ts";
import type { Condition } from "../../src/uat/measurement.ts";
import type { Outcome, Verdict } from "../../src/uat/verdict.ts";

type Judge = (criterion: Criterion, evidence: Evidence) => Verdict;

const rank: Record<Outcome, number> = { FAIL: 0, "CLEAN NEGATIVE": 1, "PASS, not specific": 2, PASS: 3 };

/** A criterion that reads nothing and reports these conditions. */
export function fixedCriterion(conditions: readonly [Condition, ...Condition[]]): Criterion {
  return {
    id: "R0",
    claim: "",
    threshold: "",
    measure: () => ({ kind: "measured", path: "", conditions, headline: "", notes: [], figures: [] }),
  };
}

/** Laws of judging, for the real judge and for its mutants. The evidence is not looked at. */
export const judgeLaws = {
  /** Moving a value in the direction of its bound never worsens the outcome. */
  isMonotone(judge: Judge, evidence: Evidence, condition: Condition, others: readonly Condition[], step: number): void {
    const up = condition.relation === "at least" || condition.relation === "more than";
    const better = { ...condition, value: condition.value + (up ? step : -step) };
    const before = judge(fixedCriterion([condition, ...others]), evidence);
    const after = judge(fixedCriterion([better, ...others]), evidence);
    expect(rank[after.outcome]).toBeGreaterThanOrEqual(rank[before.outcome]);
  },

  neverPassesNaN(judge: Judge, evidence: Evidence, condition: Condition): void {
    const { outcome } = judge(fixedCriterion([{ ...condition, value: Number.NaN }]), evidence);
    expect(outcome).toBe(condition.decides === "specific" ? "PASS, not specific" : "FAIL");
  },

  namesCauses(judge: Judge, evidence: Evidence, conditions: readonly [Condition, ...Condition[]]): void {
    const { outcome, message } = judge(fixedCriterion(conditions), evidence);
    expect(message === "").toBe(outcome === "PASS");
  },

  failsWithoutEvidence(judge: Judge, evidence: Evidence): void {
    const measure = () => ({ kind: "noEvidence", path: "out", message: "make it with: vhack chain" }) as const;
    expect(judge({ ...fixedCriterion([nothing]), measure }, evidence)).toMatchObject({ outcome: "FAIL", measured: false, message: expect.stringContaining("vhack chain") });
  },
};

const nothing: Condition = { name: "", value: 0, relation: "at least", bound: 0, decides: "pass", blame: "" };
