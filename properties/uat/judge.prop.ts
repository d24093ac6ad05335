import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRng } from "../../src/numeric/rng.ts";
import { criteria } from "../../src/uat/criteria.ts";
import { gateOpens, isAnswered, judge, judgeAll } from "../../src/uat/judge.ts";
import type { Condition } from "../../src/uat/common/measurement.ts";
import type { Outcome } from "../../src/uat/common/verdict.ts";
import { healthyEvidence, leaning, unitDirection } from "../support/evidence.ts";
import { anyStated, judgeLaws } from "./judge.statements.ts";

const direction = unitDirection(seededRng(1, "v"));
const evidence = healthyEvidence(1, direction, leaning(direction, 6));
const number = fc.double({ min: -10, max: 10, noNaN: true });
const condition: fc.Arbitrary<Condition> = fc.record({
  name: fc.constant("figure"),
  value: number,
  relation: fc.constantFrom("at least", "more than", "at most", "less than"),
  bound: number,
  decides: fc.constantFrom("pass", "claim", "specific"),
  cause: fc.constant("cause"),
});
const others = fc.array(condition, { maxLength: 3 });
const outcomes = fc.array(fc.constantFrom<Outcome>("PASS", "PASS, not specific", "CLEAN NEGATIVE", "FAIL"), {
  maxLength: 4,
});
const stated = fc
  .tuple(anyStated, fc.array(anyStated, { maxLength: 4 }))
  .map(([first, rest]): [typeof first, ...typeof rest] => [first, ...rest]);

describe("judge", () => {
  // ELSE a better figure can lose the gate, and the threshold is not what the page says
  it("is monotone in the measured value: toward the bound, the outcome never worsens", () => {
    fc.assert(
      fc.property(condition, others, fc.double({ min: 0, max: 20, noNaN: true }), (one, rest, step) =>
        judgeLaws.isMonotone(judge, evidence, one, rest, step),
      ),
    );
  });

  // ELSE a figure that could not be computed opens the gate
  it("never passes NaN: a comparison with NaN does not hold", () => {
    fc.assert(fc.property(condition, (one) => judgeLaws.neverPassesNaN(judge, evidence, one)));
  });

  it('names a cause exactly when it does not pass: message = "" iff PASS', () => {
    fc.assert(fc.property(condition, others, (one, rest) => judgeLaws.namesCauses(judge, evidence, [one, ...rest])));
  });

  // ELSE a broken condition is outvoted, or a clean negative result is told as a failure
  it("decides by the worst: outcome = min over conditions of PASS, or of what a broken one leaves", () => {
    fc.assert(fc.property(stated, (all) => judgeLaws.decidesByTheWorst(judge, evidence, all)));
  });

  // ELSE the cause that is mended first is not the one that failed the requirement
  it("tells causes in order: blames of what does not hold, of specificity only where nothing else is broken", () => {
    fc.assert(fc.property(stated, (all) => judgeLaws.tellsCausesInOrder(judge, evidence, all)));
  });

  // ELSE the page shows a requirement without its threshold, figures or path
  it("passes on what was measured: every field of criterion and measurement stands in the verdict", () =>
    judgeLaws.passesOn(judge, evidence));

  it("fails without evidence, and says what to run", () => judgeLaws.failsWithoutEvidence(judge, evidence));

  it("decides at the bound as written: at least >=, more than >, at most <=, less than <", () => {
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
  });
});

describe("judgeAll", () => {
  it("judges each criterion exactly once, in order: ids = R1, R2, R3, R4", () => {
    expect(judgeAll(criteria, evidence).map(({ id }) => id)).toEqual(["R1", "R2", "R3", "R4"]);
    expect(new Set(criteria.map(({ id }) => id)).size).toBe(criteria.length);
  });

  it("passes a healthy run", () => {
    expect(judgeAll(criteria, evidence).map(({ outcome, message }) => [outcome, message])).toEqual(
      criteria.map(() => ["PASS", ""]),
    );
  });
});

describe("gateOpens", () => {
  const [verdict] = judgeAll(criteria, evidence);

  // ELSE the sweep is paid for after a refusal
  it('opens on PASS alone when strict, on PASS and "PASS, not specific" otherwise, never on nothing', () => {
    const examples: [Outcome[]][] = [[[]], [["PASS"]]];
    fc.assert(
      fc.property(outcomes, (all) => judgeLaws.opensOn(gateOpens, verdict!, all, true, ["PASS"])),
      { examples },
    );
    fc.assert(
      fc.property(outcomes, (all) =>
        judgeLaws.opensOn(gateOpens, verdict!, all, false, ["PASS", "PASS, not specific"]),
      ),
      { examples },
    );
  });
});

describe("isAnswered", () => {
  const [verdict] = judgeAll(criteria, evidence);

  // ELSE a clean no is run again until it is a yes
  it("is so on PASS and CLEAN NEGATIVE when strict, on all but FAIL otherwise, never on nothing", () => {
    const examples: [Outcome[]][] = [[[]]];
    fc.assert(
      fc.property(outcomes, (all) => judgeLaws.opensOn(isAnswered, verdict!, all, true, ["PASS", "CLEAN NEGATIVE"])),
      { examples },
    );
    const answers = ["PASS", "CLEAN NEGATIVE", "PASS, not specific"] as const;
    fc.assert(
      fc.property(outcomes, (all) => judgeLaws.opensOn(isAnswered, verdict!, all, false, answers)),
      { examples },
    );
  });
});
