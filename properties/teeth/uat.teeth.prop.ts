import { describe, expect, it } from "vitest";
import { seededRng } from "../../src/numeric/rng.ts";
import { criteria } from "../../src/uat/criteria.ts";
import type { Evidence } from "../../src/uat/evidence/evidence.ts";
import { gateOpens, judge } from "../../src/uat/judge.ts";
import type { Condition, Criterion } from "../../src/uat/common/measurement.ts";
import type { Verdict } from "../../src/uat/common/verdict.ts";
import { judgeLaws } from "../uat/judge.statements.ts";
import { healthyEvidence, leaning, unitDirection } from "../support/evidence.ts";

const direction = unitDirection(seededRng(1, "v"));
const evidence = healthyEvidence(1, direction, leaning(direction, 6));
const condition: Condition = {
  name: "",
  value: 0.2,
  relation: "at least",
  bound: 0.3,
  decides: "pass",
  cause: "cause",
};

const rejects = (law: () => void) => expect(law).toThrow();

/** The judge, with what the criterion measured changed on the way. */
const judging =
  (change: (conditions: readonly Condition[]) => readonly Condition[]) => (criterion: Criterion, given: Evidence) =>
    judge(
      {
        ...criterion,
        measure: (of) => {
          const measured = criterion.measure(of);
          if (measured.kind !== "measured") return measured;
          const [first, ...rest] = change(measured.conditions);
          return { ...measured, conditions: [first!, ...rest] };
        },
      },
      given,
    );

const r4 = criteria.find(({ id }) => id === "R4")!;

describe("teeth: judge", () => {
  it("monotony rejects: a comparison turned round", async () => {
    const turned = judging((conditions) => conditions.map((one) => ({ ...one, relation: "at most" })));
    await rejects(() => judgeLaws.isMonotone(turned, evidence, { ...condition, value: 0.25 }, [], 0.2));
  });
  it("NaN never passes rejects: NaN read as zero", async () => {
    const zeroed = judging((conditions) =>
      conditions.map((one) => ({ ...one, value: Number.isNaN(one.value) ? 0 : one.value })),
    );
    await rejects(() => judgeLaws.neverPassesNaN(zeroed, evidence, { ...condition, relation: "at most" }));
  });
  it("NaN never passes rejects: a comparison written as its negation", async () => {
    const negated = (criterion: Criterion, given: Evidence): Verdict => {
      const verdict = judge(criterion, given);
      const broken = verdict.conditions.some(({ value, bound }) => value < bound);
      return { ...verdict, outcome: broken ? "FAIL" : "PASS" };
    };
    await rejects(() => judgeLaws.neverPassesNaN(negated, evidence, condition));
  });
  it("every condition counts rejects: looking at the headline alone", async () => {
    const headline = judging((conditions) => conditions.slice(0, 1));
    await rejects(() =>
      expect(headline(r4, { ...evidence, gradients: { kind: "missing", path: "", command: "" } }).outcome).not.toBe(
        "PASS",
      ),
    );
  });
  it("causes named rejects: silence about the cause", async () => {
    const silent = (criterion: Criterion, given: Evidence): Verdict => ({ ...judge(criterion, given), message: "" });
    await rejects(() => judgeLaws.namesCauses(silent, evidence, [condition]));
  });
  it("no pass without evidence rejects: a pass for want of evidence", async () => {
    const lenient = (criterion: Criterion, given: Evidence): Verdict => {
      const verdict = judge(criterion, given);
      return verdict.measured ? verdict : { ...verdict, outcome: "PASS" };
    };
    await rejects(() => judgeLaws.failsWithoutEvidence(lenient, evidence));
  });

  const broken = (decides: Condition["decides"], worth: number) => ({
    condition: { ...condition, decides, cause: decides },
    worth,
    isBroken: true,
  });
  it("the worst decides rejects: the first condition alone, a claim that decides the pass", async () => {
    const first = judging((conditions) => conditions.slice(0, 1));
    const asPass = judging((conditions) =>
      conditions.map((one) => ({ ...one, decides: one.decides === "claim" ? "pass" : one.decides })),
    );
    await rejects(() => judgeLaws.decidesByTheWorst(first, evidence, [broken("specific", 2), broken("pass", 0)]));
    await rejects(() => judgeLaws.decidesByTheWorst(asPass, evidence, [broken("claim", 1)]));
  });
  it("causes in order rejects: specificity told beside a failure, the last cause first", async () => {
    const all = judging((conditions) => conditions.map((one) => ({ ...one, decides: "pass" })));
    const reversed = judging((conditions) => conditions.toReversed());
    await rejects(() => judgeLaws.tellsCausesInOrder(all, evidence, [broken("specific", 2), broken("pass", 0)]));
    await rejects(() => judgeLaws.tellsCausesInOrder(reversed, evidence, [broken("pass", 0), broken("claim", 1)]));
  });
  it("what was measured rejects: figures left out, a headline where nothing was measured", async () => {
    await rejects(() => judgeLaws.passesOn((...given) => ({ ...judge(...given), figures: [] }), evidence));
    await rejects(() =>
      judgeLaws.passesOn((criterion, given) => ({ ...judge(criterion, given), headline: "headline" }), evidence),
    );
  });
  it("opening rejects: opening on nothing, an unspecific pass let through, one pass among failures", async () => {
    const verdict = judge(r4, evidence);
    const onNothing: typeof gateOpens = (verdicts) => verdicts.every(({ outcome }) => outcome === "PASS");
    const some: typeof gateOpens = (verdicts) => verdicts.some(({ outcome }) => outcome === "PASS");
    await rejects(() => judgeLaws.opensOn(onNothing, verdict, [], true, ["PASS"]));
    await rejects(() =>
      judgeLaws.opensOn((verdicts) => gateOpens(verdicts, false), verdict, ["PASS, not specific"], true, ["PASS"]),
    );
    await rejects(() => judgeLaws.opensOn(some, verdict, ["PASS", "FAIL"], true, ["PASS"]));
  });
});
