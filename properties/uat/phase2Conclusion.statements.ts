import { expect } from "vitest";
import type { phase2Conclusion } from "../../src/uat/conclusion.ts";
import type { Outcome, Verdict } from "../../src/uat/common/verdict.ts";

export type Phase2Conclusion = typeof phase2Conclusion;

/** What a sentence says of the verdicts that came out like this. */
const phrases = {
  PASS: "passed",
  "PASS, not specific": "passed, but not specifically for this v_hack",
  "CLEAN NEGATIVE": "got a clean no",
  FAIL: "failed",
  unmeasured: "could not be measured",
} as const;
export type Came = keyof typeof phrases;

export function verdictThatCame(id: string, came: Came): Verdict {
  const outcome: Outcome = came === "unmeasured" ? "FAIL" : came;
  const measured = came !== "unmeasured";
  return {
    id,
    claim: "",
    outcome,
    measured,
    headline: "",
    threshold: "",
    path: "",
    message: "",
    conditions: [],
    notes: [],
    figures: [],
  };
}

/** Laws of the sentence on phase 2, for the real one and for its mutants. */
export const phase2ConclusionLaws = {
  saysEachOnce(sentence: Phase2Conclusion, came: readonly Came[]): void {
    const said = sentence(came.map((how, i) => verdictThatCame(`R${i}`, how)));
    const parts = Object.entries(phrases).flatMap(([how, phrase]) => {
      const ids = came.flatMap((one, i) => (one === how ? [`R${i}`] : []));
      return ids.length === 0 ? [] : [`${ids.join(", ")} ${phrase}`];
    });
    expect(said).toBe(`Phase 2: ${parts.join("; ")}.`);
  },
};
