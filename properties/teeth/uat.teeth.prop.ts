import { describe, expect, it } from "vitest";
import { seededRng } from "../../src/numeric/rng.ts";
import { criteria, type Criterion } from "../../src/uat/criteria.ts";
import type { Evidence } from "../../src/uat/evidence.ts";
import { judge } from "../../src/uat/judge.ts";
import type { Condition } from "../../src/uat/measurement.ts";
import type { Verdict } from "../../src/uat/verdict.ts";
import { discriminationLaws } from "../uat/discrimination.laws.ts";
import { judgeLaws } from "../uat/judge.laws.ts";
import { healthyEvidence, leaning, unitDirection } from "../support/evidence.ts";

const direction = unitDirection(seededRng(1, "v"));
const evidence = healthyEvidence(1, direction, leaning(direction, 6));
const condition: Condition = { name: "", value: 0.2, relation: "at least", bound: 0.3, decides: "pass", blame: "cause" };

const rejects = (law: () => void) => expect(law).toThrow();

/** The judge, with what the criterion measured changed on the way. */
const judging = (change: (conditions: readonly Condition[]) => readonly Condition[]) => (criterion: Criterion, given: Evidence) =>
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
/** R4 judged on some of its conditions only. */
const r4Without = (dropped: RegExp) => (given: Evidence) =>
  judging((conditions) => conditions.filter(({ name }) => !dropped.test(name)))(r4, given);
const seeds = Array.from({ length: 30 }, (_, seed) => seed);

describe("teeth: judge", () => {
  it("monotony rejects: a comparison turned round", async () => {
    const turned = judging((conditions) => conditions.map((one) => ({ ...one, relation: "at most" })));
    await rejects(() => judgeLaws.isMonotone(turned, evidence, { ...condition, value: 0.25 }, [], 0.2));
  });
  it("NaN never passes rejects: NaN read as zero", async () => {
    const zeroed = judging((conditions) => conditions.map((one) => ({ ...one, value: Number.isNaN(one.value) ? 0 : one.value })));
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
    await rejects(() => expect(headline(r4, { ...evidence, gradients: { kind: "missing", path: "", command: "" } }).outcome).not.toBe("PASS"));
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
});

describe("teeth: discrimination", () => {
  it("a random direction refused rejects: Welch's test alone", () => rejects(() => discriminationLaws.refusesRandomDirection(r4Without(/p_rand/), seeds)));
  it("a length signal named rejects: a test that is blind to length", () => rejects(() => discriminationLaws.namesLengthSignal(r4Without(/length/), 1)));
  it("planted and opposite directions rejects: buckets swapped", async () => {
    const swapped = (given: Evidence) => {
      if (given.vanilla.kind !== "found") throw new Error("expected vanilla rows");
      const value = given.vanilla.value.map((step) => ({ ...step, rows: step.rows.map((row) => ({ ...row, gtPass: !row.gtPass })) }));
      return judge(r4, { ...given, vanilla: { ...given.vanilla, value } });
    };
    await rejects(() => discriminationLaws.passesPlantedDirection(swapped, 1));
    await rejects(() => discriminationLaws.refusesOppositeDirection(swapped, 1));
  });
  it("a planted direction passed rejects: a gate that never opens", async () => {
    await rejects(() => discriminationLaws.passesPlantedDirection(() => ({ outcome: "FAIL", message: "no" }), 1));
    await rejects(() => discriminationLaws.seesWelchPassUnspecifically(() => ({ outcome: "FAIL", message: "no" }), seeds));
  });
  it("equal and small buckets refused rejects: a gate that always opens", async () => {
    const open = () => ({ outcome: "PASS", message: "" }) as const;
    await rejects(() => discriminationLaws.refusesEqualBuckets(open, 1));
    await rejects(() => discriminationLaws.countsSmallBuckets(open, 1, () => evidence));
  });
});
