import { expect } from "vitest";
import type { PartialResult } from "../../../src/numeric/partialTest.ts";
import type { WelchResult } from "../../../src/numeric/welch.ts";
import { judge } from "../../../src/uat/judge.ts";
import type { Condition } from "../../../src/uat/common/measurement.ts";
import type { Specificity } from "../../../src/uat/r4/specificity.ts";
import type { Evidence } from "../../../src/uat/evidence/evidence.ts";
import { fixedCriterion } from "../judge.laws.ts";

type Conditions<Told> = (told: Told) => readonly Condition[];

/** What the judge says where these conditions are all there is. */
function judged([first, ...rest]: readonly Condition[], evidence: Evidence) {
  const { outcome, conditions } = judge(fixedCriterion([first!, ...rest]), evidence);
  return { outcome, blames: conditions.map(({ blame }) => blame) };
}

/** Laws of R4's thresholds, for the real conditions and for their mutants. The evidence is not looked at. */
export const welchConditionLaws = {
  /** The note's sentence: t > 2 and p < 0.05. */
  passesAsTheNoteSays(conditions: Conditions<WelchResult>, evidence: Evidence, test: WelchResult): void {
    const passes = test.kind === "tested" && test.t > 2 && test.p < 0.05;
    expect(judged(conditions(test), evidence).outcome).toBe(passes ? "PASS" : "FAIL");
  },

  /** What broke the headline: counts always, and a cause that is told apart by the test's kind and the sign of t. */
  namesTheCause(conditions: Conditions<WelchResult>, evidence: Evidence, test: WelchResult): void {
    const [cause] = judged(conditions(test), evidence).blames;
    const isNegative = test.kind === "tested" && test.t < 0;
    expect(cause!.includes("too small")).toBe(test.kind === "tooFew");
    expect(cause!.includes("all cosines are equal")).toBe(test.kind === "noVariance");
    expect(cause!.includes("the other way")).toBe(isNegative);
    expect(cause!.includes("does not tell")).toBe(test.kind === "tested" && !isNegative);
    if (!isNegative) expect(cause).toContain(`${test.nA} pure hacks, ${test.nB} hacks with a correct body`);
    if (test.kind === "tested") expect(cause).toContain(`t ${test.t.toFixed(2)}`);
  },

  /** A signal of length costs specificity, not the pass; no test is no sign of its absence. */
  asksForADifferenceAtEqualLength(
    conditions: Conditions<PartialResult>,
    evidence: Evidence,
    test: PartialResult,
  ): void {
    const { outcome, blames } = judged(conditions(test), evidence);
    expect(outcome).toBe(test.kind === "tested" && test.p < 0.05 ? "PASS" : "PASS, not specific");
    expect(blames.join()).toContain(test.kind === "tested" ? `t is ${test.t.toFixed(2)}` : "t is NaN");
  },

  /** Both ranks below 0.05, each blamed with its own figure and with how many random directions pass, in percent. */
  asksForBothRanks(
    conditions: Conditions<Specificity>,
    evidence: Evidence,
    pOfT: number,
    pOfDifference: number,
    percent: number,
  ): void {
    const { outcome, blames } = judged(
      conditions({ t: [], difference: [], pOfT, pOfDifference, passing: percent / 100 }),
      evidence,
    );
    expect(outcome).toBe(pOfT < 0.05 && pOfDifference < 0.05 ? "PASS" : "PASS, not specific");
    for (const [i, p] of [pOfT, pOfDifference].entries()) {
      expect(blames[i]).toContain(` ${p.toFixed(3)}; `);
      expect(blames[i]).toContain(`(${percent}% of random directions`);
    }
  },
};
