import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRng } from "../../../src/numeric/rng.ts";
import type { PartialResult } from "../../../src/numeric/partialTest.ts";
import type { WelchResult } from "../../../src/numeric/welch.ts";
import {
  lengthCondition,
  rankConditions,
  unrankedConditions,
  welchConditions,
} from "../../../src/uat/r4/welchConditions.ts";
import { healthyEvidence, leaning, unitDirection } from "../../support/evidence.ts";
import { welchConditionLaws } from "./welchConditions.laws.ts";

const v = unitDirection(seededRng(1, "v"));
const evidence = healthyEvidence(1, v, leaning(v, 6));
const t = fc.oneof(fc.constantFrom(2, 0, -0, Number.POSITIVE_INFINITY), fc.double({ min: -6, max: 6, noNaN: true }));
const p = fc.oneof(fc.constant(0.05), fc.double({ min: 0, max: 0.1, noNaN: true }));
const counts = { nA: fc.nat(40), nB: fc.nat(40) };
const welch: fc.Arbitrary<WelchResult> = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant("tested"),
      t,
      p,
      df: fc.nat(),
      meanA: fc.constant(0),
      meanB: fc.constant(0),
      ...counts,
    }),
    weight: 4,
  },
  fc.record({ kind: fc.constantFrom("tooFew", "noVariance"), ...counts }),
);
const partial: fc.Arbitrary<PartialResult> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant("tested"), t, p, df: fc.nat(), difference: fc.constant(0) }), weight: 3 },
  fc.record({ kind: fc.constantFrom("tooFew", "collinear", "noVariance") }),
);

describe("welchConditions", () => {
  // ELSE the gate opens at another threshold than the note and the report state
  it("pass as the note says: t > 2 and p < 0.05, and never without a test", () =>
    fc.assert(fc.property(welch, (test) => welchConditionLaws.passesAsTheNoteSays(welchConditions, evidence, test))));

  // ELSE a reversed v_hack reads as one that is merely weak, and a pool that is too small as a bad v_hack
  it("name the cause: too few rows, equal cosines, the other way, or no difference", () =>
    fc.assert(fc.property(welch, (test) => welchConditionLaws.namesTheCause(welchConditions, evidence, test))));
});

describe("lengthCondition", () => {
  // ELSE a generic length signal is specific to v_hack
  it("asks for a difference at equal length: p < 0.05, else not specific", () =>
    fc.assert(
      fc.property(partial, (test) =>
        welchConditionLaws.asksForADifferenceAtEqualLength((told) => [lengthCondition(told)], evidence, test),
      ),
    ));
});

describe("rankConditions", () => {
  // ELSE a direction that is extreme in one statistic by chance is specific
  it("ask for both ranks below 0.05, and say how many random directions pass", () =>
    fc.assert(
      fc.property(p, p, fc.integer({ min: 0, max: 100 }), (pOfT, pOfDifference, percent) =>
        welchConditionLaws.asksForBothRanks(rankConditions, evidence, pOfT, pOfDifference, percent),
      ),
    ));
});

describe("unrankedConditions", () => {
  // ELSE specificity that nobody measured is assumed
  it("never hold, cost specificity only, and say why", () =>
    expect(unrankedConditions("why")).toMatchObject([{ value: Number.NaN, decides: "specific", blame: "why" }]));
});
