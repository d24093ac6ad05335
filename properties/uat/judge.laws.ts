import fc from "fast-check";
import { expect } from "vitest";
import type { Condition, Figure, Note } from "../../src/uat/common/measurement.ts";
import type { Outcome } from "../../src/uat/common/verdict.ts";
import { criteria } from "../../src/uat/criteria.ts";
import type { Evidence } from "../../src/uat/evidence/evidence.ts";
import { gateOpens, isAnswered, judge, judgeAll } from "../../src/uat/judge.ts";
import { healthy as evidence } from "../support/healthyRun.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { fixedCriterion } from "./fixedCriterion.ts";
import { judging } from "./judging.ts";

type Judge = typeof judge<Evidence>;
type Opens = typeof gateOpens;

const rank: Record<Outcome, number> = { FAIL: 0, "CLEAN NEGATIVE": 1, "PASS, not specific": 2, PASS: 3 };

/** A condition with what it costs when it does not hold: the best that is left. */
interface Stated {
  readonly condition: Condition;
  readonly worth: number;
  readonly isBroken: boolean;
}

/** Conditions of which it is known without comparing whether they hold. */
const anyStated: fc.Arbitrary<Stated> = fc
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

const nothing: Condition = { name: "", value: 0, relation: "at least", bound: 0, decides: "pass", cause: "" };

const number = fc.double({ min: -10, max: 10, noNaN: true });
const anyCondition: fc.Arbitrary<Condition> = fc.record({
  name: fc.constant("figure"),
  value: number,
  relation: fc.constantFrom("at least", "more than", "at most", "less than"),
  bound: number,
  decides: fc.constantFrom("pass", "claim", "specific"),
  cause: fc.constant("cause"),
});
const others = fc.array(anyCondition, { maxLength: 3 });
const anyOutcomes = fc.array(fc.constantFrom<Outcome>("PASS", "PASS, not specific", "CLEAN NEGATIVE", "FAIL"), {
  maxLength: 4,
});
const severalStated = fc
  .tuple(anyStated, fc.array(anyStated, { maxLength: 4 }))
  .map(([first, rest]): [typeof first, ...typeof rest] => [first, ...rest]);

const condition: Condition = {
  name: "",
  value: 0.2,
  relation: "at least",
  bound: 0.3,
  decides: "pass",
  cause: "cause",
};

const turned = judging((conditions) => conditions.map((one) => ({ ...one, relation: "at most" })));
const zeroed = judging((conditions) =>
  conditions.map((one) => ({ ...one, value: Number.isNaN(one.value) ? 0 : one.value })),
);
const negated: Judge = (criterion, given) => {
  const verdict = judge(criterion, given);
  const broken = verdict.conditions.some(({ value, bound }) => value < bound);
  return { ...verdict, outcome: broken ? "FAIL" : "PASS" };
};
const headline = judging((conditions) => conditions.slice(0, 1));
const silent: Judge = (criterion, given) => ({ ...judge(criterion, given), message: "" });
const lenient: Judge = (criterion, given) => {
  const verdict = judge(criterion, given);
  return verdict.measured ? verdict : { ...verdict, outcome: "PASS" };
};
const claimAsPass = judging((conditions) =>
  conditions.map((one) => ({ ...one, decides: one.decides === "claim" ? "pass" : one.decides })),
);
const allPass = judging((conditions) => conditions.map((one) => ({ ...one, decides: "pass" })));
const reversed = judging((conditions) => conditions.toReversed());
const withoutFigures: Judge = (...given) => ({ ...judge(...given), figures: [] });
const alwaysHeadline: Judge = (...given) => ({ ...judge(...given), headline: "headline" });
const strictly = judging((conditions) =>
  conditions.map((one) => ({ ...one, relation: one.relation === "at least" ? "more than" : one.relation })),
);
const broken = (decides: Condition["decides"], worth: number): Stated => ({
  condition: { ...condition, decides, cause: decides },
  worth,
  isBroken: true,
});
const r4 = criteria.find(({ id }) => id === "R4")!;

lawsOf("judge", judge<Evidence>, (law) => {
  /** Moving a value in the direction of its bound never worsens the outcome. */
  law("is monotone in the measured value: toward the bound, the outcome never worsens", {
    else: "a better figure can lose the gate, and the threshold is not what the page says",
    for: [anyCondition, others, fc.double({ min: 0, max: 20, noNaN: true })],
    holds: (judge, condition, others, step) => {
      const up = condition.relation === "at least" || condition.relation === "more than";
      const better = { ...condition, value: condition.value + (up ? step : -step) };
      const before = judge(fixedCriterion([condition, ...others]), evidence);
      const after = judge(fixedCriterion([better, ...others]), evidence);
      expect(rank[after.outcome]).toBeGreaterThanOrEqual(rank[before.outcome]);
    },
    rejects: {
      "a comparison turned round": [turned, { ...condition, value: 0.25 }, [], 0.2],
    },
  });

  law("never passes NaN: a comparison with NaN does not hold", {
    else: "a figure that could not be computed opens the gate",
    for: [anyCondition],
    holds: (judge, condition) => {
      const { outcome } = judge(fixedCriterion([{ ...condition, value: Number.NaN }]), evidence);
      expect(outcome).toBe(condition.decides === "specific" ? "PASS, not specific" : "FAIL");
    },
    rejects: {
      "NaN read as zero": [zeroed, { ...condition, relation: "at most" }],
      "a comparison written as its negation": [negated, condition],
    },
  });

  law("judges every condition: R4 without gradients is not a PASS, whatever its headline", {
    else: "a headline alone opens the gate",
    for: [],
    holds: (judge) =>
      expect(judge(r4, { ...evidence, gradients: { kind: "missing", path: "", command: "" } }).outcome).not.toBe(
        "PASS",
      ),
    rejects: { "looking at the headline alone": [headline] },
  });

  law('names a cause exactly when it does not pass: message = "" iff PASS', {
    for: [anyCondition, others],
    holds: (judge, condition, others) => {
      const { outcome, message } = judge(fixedCriterion([condition, ...others]), evidence);
      expect(message === "").toBe(outcome === "PASS");
    },
    rejects: {
      "silence about the cause": [silent, condition, []],
    },
  });

  /** The outcome is that of the condition which leaves the least. */
  law("decides by the worst: outcome = min over conditions of PASS, or of what a broken one leaves", {
    else: "a broken condition is outvoted, or a clean negative result is told as a failure",
    for: [severalStated],
    holds: (judge, stated) => {
      const { outcome, conditions } = judge(fixedCriterion(conditionsOf(stated)), evidence);
      expect(rank[outcome]).toBe(Math.min(...stated.map(({ worth }) => worth)));
      expect(conditions).toEqual(stated.map(({ condition, isBroken }) => ({ ...condition, holds: !isBroken })));
    },
    rejects: {
      "the first condition alone": [headline, [broken("specific", 2), broken("pass", 0)]],
      "a claim that decides the pass": [claimAsPass, [broken("claim", 1)]],
    },
  });

  /** Causes of what does not hold, in order; what only costs specificity is told where nothing else is broken. */
  law("names causes in order: those of what does not hold, of specificity only where nothing else is broken", {
    else: "the cause that is mended first is not the one that failed the requirement",
    for: [severalStated],
    holds: (judge, stated) => {
      const told = judge(fixedCriterion(conditionsOf(stated)), evidence)
        .message.split("; ")
        .filter((cause) => cause !== "");
      const broken = stated.filter(({ isBroken }) => isBroken).map(({ condition }) => condition);
      const deciding = broken.filter(({ decides }) => decides === "pass" || decides === "claim");
      expect(told).toEqual((deciding.length === 0 ? broken : deciding).map(({ cause }) => cause));
    },
    rejects: {
      "specificity told beside a failure": [allPass, [broken("specific", 2), broken("pass", 0)]],
      "the last cause first": [reversed, [broken("pass", 0), broken("claim", 1)]],
    },
  });

  /** What the criterion says of itself and measured stands in the verdict as it is. */
  law("passes on what was measured: every field of criterion and measurement is in the verdict", {
    else: "the page shows a requirement without its threshold, figures or path",
    for: [],
    holds: (judge) => {
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
    rejects: {
      "figures left out": [withoutFigures],
      "a headline where nothing was measured": [alwaysHeadline],
    },
  });

  law("fails without evidence, and says what to run", {
    for: [],
    holds: (judge) => {
      const measure = () => ({ kind: "noEvidence", path: "out", message: "make it with: vhack chain" }) as const;
      expect(judge({ ...fixedCriterion([nothing]), measure }, evidence)).toMatchObject({
        outcome: "FAIL",
        measured: false,
        message: expect.stringContaining("vhack chain"),
      });
    },
    rejects: {
      "a pass for want of evidence": [lenient],
    },
  });

  law("decides at the bound as written: at least >=, more than >, at most <=, less than <", {
    for: [],
    holds: (judge) => {
      const outcomes = (["at least", "more than", "at most", "less than"] as const).map((relation) => {
        const measure = () =>
          ({
            kind: "measured",
            path: "",
            headline: "",
            notes: [],
            figures: [],
            conditions: [{ name: "", value: 0.3, relation, bound: 0.3, decides: "pass", cause: "" }],
          }) as const;
        return judge({ id: "", claim: "", threshold: "", measure }, evidence).outcome;
      });
      expect(outcomes).toEqual(["PASS", "FAIL", "PASS", "FAIL"]);
    },
    rejects: { "a bound that is not reached": [strictly] },
  });
});

lawsOf("judgeAll", judgeAll<Evidence>, (law) => {
  law("judges each criterion exactly once, in order: ids = R1, R2, R3, R4", {
    for: [],
    holds: (judgeAll) => {
      expect(judgeAll(criteria, evidence).map(({ id }) => id)).toEqual(["R1", "R2", "R3", "R4"]);
      expect(new Set(criteria.map(({ id }) => id)).size).toBe(criteria.length);
    },
    rejects: { "the last left out": [(all, given) => judgeAll(all.slice(1), given)] },
  });

  law("passes a healthy run", {
    for: [],
    holds: (judgeAll) =>
      expect(judgeAll(criteria, evidence).map(({ outcome, message }) => [outcome, message])).toEqual(
        criteria.map(() => ["PASS", ""]),
      ),
    rejects: {
      "a run without gradients": [
        (all, given) => judgeAll(all, { ...given, gradients: { kind: "missing", path: "", command: "" } }),
      ],
    },
  });
});

const [verdict] = judgeAll(criteria, evidence);
const onNothing: Opens = (verdicts) => verdicts.every(({ outcome }) => outcome === "PASS");
const some: Opens = (verdicts) => verdicts.some(({ outcome }) => outcome === "PASS");

/** Open on these outcomes and no others, each of them, and never on nothing. */
function expectOpensOn(opens: Opens, outcomes: readonly Outcome[], strict: boolean, opening: readonly Outcome[]): void {
  const verdicts = outcomes.map((outcome) => ({ ...verdict!, outcome }));
  expect(opens(verdicts, strict)).toBe(outcomes.length > 0 && !outcomes.some((one) => !opening.includes(one)));
}

lawsOf("gateOpens", gateOpens, (law) => {
  law('opens on PASS alone when strict, on PASS and "PASS, not specific" otherwise, never on nothing', {
    else: "the sweep is paid for after a refusal",
    for: [anyOutcomes],
    examples: [[[]], [["PASS"]]],
    holds: (opens, outcomes) => {
      expectOpensOn(opens, outcomes, true, ["PASS"]);
      expectOpensOn(opens, outcomes, false, ["PASS", "PASS, not specific"]);
    },
    rejects: {
      "opening on nothing": [onNothing, []],
      "an unspecific pass let through": [(verdicts) => gateOpens(verdicts, false), ["PASS, not specific"]],
      "one pass among failures": [some, ["PASS", "FAIL"]],
    },
  });
});

lawsOf("isAnswered", isAnswered, (law) => {
  law("is so on PASS and CLEAN NEGATIVE when strict, on all but FAIL otherwise, never on nothing", {
    else: "a clean no is run again until it is a yes",
    for: [anyOutcomes],
    examples: [[[]]],
    holds: (answered, outcomes) => {
      expectOpensOn(answered, outcomes, true, ["PASS", "CLEAN NEGATIVE"]);
      expectOpensOn(answered, outcomes, false, ["PASS", "CLEAN NEGATIVE", "PASS, not specific"]);
    },
    rejects: { "a clean no that is none": [gateOpens, ["CLEAN NEGATIVE"]] },
  });
});
