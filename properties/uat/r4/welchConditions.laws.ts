import fc from "fast-check";
import { expect } from "vitest";
import type { PartialResult } from "../../../src/numeric/partialTest.ts";
import type { WelchResult } from "../../../src/numeric/welch.ts";
import type { Condition } from "../../../src/uat/common/measurement.ts";
import { judge } from "../../../src/uat/judge.ts";
import type { Specificity } from "../../../src/uat/r4/specificity.ts";
import {
  lengthCondition,
  rankConditions,
  unrankedConditions,
  welchConditions,
} from "../../../src/uat/r4/welchConditions.ts";
import { healthy } from "../../support/healthyRun.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { fixedCriterion } from "../fixedCriterion.ts";

const t = fc.oneof(fc.constantFrom(2, 0, -0, Number.POSITIVE_INFINITY), fc.double({ min: -6, max: 6, noNaN: true }));
const p = fc.oneof(fc.constant(0.05), fc.double({ min: 0, max: 0.1, noNaN: true }));
const counts = { nA: fc.nat(40), nB: fc.nat(40) };
const means = { meanA: fc.constant(0), meanB: fc.constant(0) };
const anyWelch: fc.Arbitrary<WelchResult> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant("tested"), t, p, df: fc.nat(), ...means, ...counts }), weight: 4 },
  fc.record({ kind: fc.constantFrom("tooFew", "noVariance"), ...counts }),
);
const anyPartial: fc.Arbitrary<PartialResult> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant("tested"), t, p, df: fc.nat(), difference: fc.constant(0) }), weight: 3 },
  fc.record({ kind: fc.constantFrom("tooFew", "collinear", "noVariance") }),
);
const welch: WelchResult = { kind: "tested", t: 3, p: 0.01, df: 9, meanA: 1, meanB: 0, nA: 6, nB: 5 };
const partial: PartialResult = { kind: "tested", t: 1, p: 0.2, df: 9, difference: 1 };

/** What the judge says where these conditions are all there is. */
function judged([first, ...rest]: readonly Condition[]) {
  const { outcome, conditions } = judge(fixedCriterion([first!, ...rest]), healthy);
  return { outcome, causes: conditions.map(({ cause }) => cause) };
}

lawsOf<(test: WelchResult) => readonly Condition[]>("welchConditions", welchConditions, (law) => {
  law("pass as the note says: t > 2 and p < 0.05, and never without a test", {
    else: "the gate opens at another threshold than the note and the report state",
    for: [anyWelch],
    holds: (conditions, test) => {
      const passes = test.kind === "tested" && test.t > 2 && test.p < 0.05;
      expect(judged(conditions(test)).outcome).toBe(passes ? "PASS" : "FAIL");
    },
    rejects: {
      "t alone": [(test) => welchConditions(test).slice(0, 1), { ...welch, p: 0.2 }],
      "p alone": [(test) => welchConditions(test).slice(1), { ...welch, t: 1 }],
    },
  });

  law("name the cause: too few rows, equal cosines, the other way, or no difference", {
    else: "a reversed v_hack reads as one that is merely weak, and a pool that is too small as a bad v_hack",
    for: [anyWelch],
    holds: (conditions, test) => {
      const [cause] = judged(conditions(test)).causes;
      const isNegative = test.kind === "tested" && test.t < 0;
      expect(cause!.includes("too small")).toBe(test.kind === "tooFew");
      expect(cause!.includes("all cosines are equal")).toBe(test.kind === "noVariance");
      expect(cause!.includes("the other way")).toBe(isNegative);
      expect(cause!.includes("does not tell")).toBe(test.kind === "tested" && !isNegative);
      if (!isNegative) expect(cause).toContain(`${test.nA} pure hacks, ${test.nB} hacks with a correct body`);
      if (test.kind === "tested") expect(cause).toContain(`t ${test.t.toFixed(2)}`);
    },
    rejects: {
      "a sign that is not looked at": [
        (test) => welchConditions(test.kind === "tested" ? { ...test, t: Math.abs(test.t) } : test),
        { ...welch, t: -1 },
      ],
    },
  });
});

lawsOf("lengthCondition", lengthCondition, (law) => {
  law("asks for a difference at equal length: p < 0.05, else not specific", {
    else: "a generic length signal is specific to v_hack",
    for: [anyPartial],
    holds: (condition, test) => {
      const { outcome, causes } = judged([condition(test)]);
      expect(outcome).toBe(test.kind === "tested" && test.p < 0.05 ? "PASS" : "PASS, not specific");
      expect(causes.join()).toContain(test.kind === "tested" ? `t is ${test.t.toFixed(2)}` : "t is NaN");
    },
    rejects: {
      "a length signal that fails the pass": [(test) => ({ ...lengthCondition(test), decides: "pass" }), partial],
      "one that costs nothing": [(test) => ({ ...lengthCondition(test), value: 0 }), partial],
    },
  });
});

lawsOf<(ranks: Specificity) => readonly Condition[]>("rankConditions", rankConditions, (law) => {
  law("ask for both ranks below 0.05, and say how many random directions pass", {
    else: "a direction that is extreme in one statistic by chance is specific",
    for: [p, p, fc.integer({ min: 0, max: 100 })],
    holds: (conditions, pOfT, pOfDifference, percent) => {
      const ranks = { t: [], difference: [], pOfT, pOfDifference, passing: percent / 100 };
      const { outcome, causes } = judged(conditions(ranks));
      expect(outcome).toBe(pOfT < 0.05 && pOfDifference < 0.05 ? "PASS" : "PASS, not specific");
      for (const [i, rank] of [pOfT, pOfDifference].entries()) {
        expect(causes[i]).toContain(` ${rank.toFixed(3)}; `);
        expect(causes[i]).toContain(`(${percent}% of random directions`);
      }
    },
    rejects: {
      "the rank of t alone": [(ranks) => rankConditions(ranks).slice(0, 1), 0.01, 0.2, 30],
      "a share written as percent": [
        (ranks) => rankConditions({ ...ranks, passing: ranks.passing / 100 }),
        0.01,
        0.01,
        30,
      ],
    },
  });
});

lawsOf<(why: string) => readonly Condition[]>("unrankedConditions", unrankedConditions, (law) => {
  law("never hold, cost specificity only, and say why", {
    else: "specificity that nobody measured is assumed",
    for: [],
    holds: (conditions) =>
      expect(conditions("why")).toMatchObject([{ value: Number.NaN, decides: "specific", cause: "why" }]),
    rejects: {
      "an unmeasured rank that holds": [() => [{ ...lengthCondition(partial), value: 0 }]],
    },
  });
});
