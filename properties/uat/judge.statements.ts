import fc from "fast-check";
import { expect } from "vitest";
import type { Criterion } from "../../src/uat/common/measurement.ts";
import type { Evidence } from "../../src/uat/evidence/evidence.ts";
import type { Condition, Figure, Note } from "../../src/uat/common/measurement.ts";
import type { Outcome, Verdict } from "../../src/uat/common/verdict.ts";

type Judge = (criterion: Criterion, evidence: Evidence) => Verdict;
type Opens = (verdicts: readonly Verdict[], strict: boolean) => boolean;

const rank: Record<Outcome, number> = { FAIL: 0, "CLEAN NEGATIVE": 1, "PASS, not specific": 2, PASS: 3 };

/** A condition with what it costs when it does not hold: the best that is left. */
interface Stated {
  readonly condition: Condition;
  readonly worth: number;
  readonly isBroken: boolean;
}

/** Conditions of which it is known without comparing whether they hold. */
export const anyStated: fc.Arbitrary<Stated> = fc
  .record({
    state: fc.constantFrom("holds", "broken", "NaN"),
    relation: fc.constantFrom("at least", "more than", "at most", "less than"),
    decides: fc.constantFrom("pass", "claim", "specific"),
    cause: fc.stringMatching(/^[a-z]{3,8}$/),
  })
  .map(({ state, relation, decides, cause }) => {
    const toward = relation === "at least" || relation === "more than" ? 1 : -1;
    const value = { holds: toward, broken: -toward, NaN: Number.NaN }[state];
    const left = {
      pass: rank.FAIL,
      claim: rank[state === "NaN" ? "FAIL" : "CLEAN NEGATIVE"],
      specific: rank["PASS, not specific"],
    }[decides];
    return {
      condition: { name: "", value, relation, bound: 0, decides, cause },
      worth: state === "holds" ? rank.PASS : left,
      isBroken: state !== "holds",
    };
  });

function conditionsOf([first, ...rest]: readonly [Stated, ...Stated[]]): [Condition, ...Condition[]] {
  return [first.condition, ...rest.map(({ condition }) => condition)];
}

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

  /** The outcome is that of the condition which leaves the least. */
  decidesByTheWorst(judge: Judge, evidence: Evidence, stated: readonly [Stated, ...Stated[]]): void {
    const { outcome, conditions } = judge(fixedCriterion(conditionsOf(stated)), evidence);
    expect(rank[outcome]).toBe(Math.min(...stated.map(({ worth }) => worth)));
    expect(conditions).toEqual(stated.map(({ condition, isBroken }) => ({ ...condition, holds: !isBroken })));
  },

  /** Causes of what does not hold, in order; what only costs specificity is told where nothing else is broken. */
  tellsCausesInOrder(judge: Judge, evidence: Evidence, stated: readonly [Stated, ...Stated[]]): void {
    const told = judge(fixedCriterion(conditionsOf(stated)), evidence)
      .message.split("; ")
      .filter((cause) => cause !== "");
    const broken = stated.filter(({ isBroken }) => isBroken).map(({ condition }) => condition);
    const deciding = broken.filter(({ decides }) => decides === "pass" || decides === "claim");
    expect(told).toEqual((deciding.length === 0 ? broken : deciding).map(({ cause }) => cause));
  },

  /** What the criterion says of itself and measured stands in the verdict as it is. */
  passesOn(judge: Judge, evidence: Evidence): void {
    const told = { id: "R9", claim: "claim", threshold: "threshold" };
    const notes: Note[] = [{ label: "label", text: "text", values: { figure: 1 } }];
    const figures: Figure[] = [{ kind: "null", title: "title", unit: "unit", draws: [1, 2], real: 3 }];
    const shown = { path: "path", headline: "headline", notes, figures };
    const measured = judge(
      { ...told, measure: () => ({ kind: "measured", conditions: [nothing], ...shown }) },
      evidence,
    );
    expect(measured).toEqual({
      ...told,
      ...shown,
      outcome: "PASS",
      measured: true,
      message: "",
      conditions: [{ ...nothing, holds: true }],
    });
    const unmeasured = judge(
      { ...told, measure: () => ({ kind: "noEvidence", path: "path", message: "message" }) },
      evidence,
    );
    expect(unmeasured).toEqual({
      ...told,
      path: "path",
      message: "message",
      outcome: "FAIL",
      measured: false,
      headline: "not measured",
      conditions: [],
      notes: [],
      figures: [],
    });
  },

  /** Open on these outcomes and no others, each of them, and never on nothing. */
  opensOn(
    opens: Opens,
    verdict: Verdict,
    outcomes: readonly Outcome[],
    strict: boolean,
    opening: readonly Outcome[],
  ): void {
    const verdicts = outcomes.map((outcome) => ({ ...verdict, outcome }));
    expect(opens(verdicts, strict)).toBe(outcomes.length > 0 && !outcomes.some((one) => !opening.includes(one)));
  },

  failsWithoutEvidence(judge: Judge, evidence: Evidence): void {
    const measure = () => ({ kind: "noEvidence", path: "out", message: "make it with: vhack chain" }) as const;
    expect(judge({ ...fixedCriterion([nothing]), measure }, evidence)).toMatchObject({
      outcome: "FAIL",
      measured: false,
      message: expect.stringContaining("vhack chain"),
    });
  },
};

const nothing: Condition = { name: "", value: 0, relation: "at least", bound: 0, decides: "pass", cause: "" };
