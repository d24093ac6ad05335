import type { PartialResult } from "../../numeric/partialTest.ts";
import type { WelchResult } from "../../numeric/welch.ts";
import type { Bound } from "../common/bound.ts";
import type { Condition } from "../common/measurement.ts";
import { tAndP } from "./buckets.ts";
import type { Specificity } from "./specificity.ts";

/** R4's thresholds: on Welch's t, and on every p: Welch's, that at equal length, and the ranks among random directions. */
export const leastT: Bound = { relation: "more than", bound: 2 };
export const mostP: Bound = { relation: "less than", bound: 0.05 };

/** The research note's test, with at least two rows in either bucket. NaN where there is no test. */
export function welchConditions(test: WelchResult): [Condition, ...Condition[]] {
  const { nA, nB } = test;
  const { t, p } = tAndP(test);
  const counts = `${nA} pure hacks, ${nB} hacks with a correct body`;
  const cause =
    test.kind === "tooFew"
      ? `a bucket is too small to test (${counts}): a larger or more varied pool is needed`
      : test.kind === "noVariance"
        ? `all cosines are equal (${counts}): the gradient does not depend on the sample`
        : t < 0
          ? `v_hack points the other way here (t ${t.toFixed(2)}): correct bodies have the larger cosine; see what its pairs contrast`
          : `v_hack does not tell pure hacks from correct code (t ${t.toFixed(2)}, p ${p.toPrecision(2)}; ${counts}): it may be the direction toward any completion`;
  return [
    { name: "Welch t", value: t, ...leastT, decides: "pass", cause },
    {
      name: "Welch p",
      value: p,
      ...mostP,
      decides: "pass",
      cause: `the difference is within chance (p ${p.toPrecision(2)})`,
    },
  ];
}

/** The difference must remain at equal completion length, else the signal is length. */
export function lengthCondition(atEqualLength: PartialResult): Condition {
  const { t, p } = tAndP(atEqualLength);
  return {
    name: "p at equal completion length",
    value: p,
    ...mostP,
    decides: "specific",
    cause: `generic length signal: with completion length regressed out t is ${t.toFixed(2)}, p ${p.toPrecision(2)}`,
  };
}

/** p_rand: both statistics must be extreme among random directions. */
export function rankConditions({ pOfT, pOfDifference, passing }: Specificity): Condition[] {
  const seen = `any fixed direction sees these buckets differ (${(100 * passing).toFixed(0)}% of random directions pass Welch's test)`;
  const rank = (name: string, value: number): Condition => ({
    name,
    value,
    ...mostP,
    decides: "specific",
    cause: `not specific to v_hack: ${name} ${value.toFixed(3)}; ${seen}`,
  });
  return [rank("p_rand of t", pOfT), rank("p_rand of the difference", pOfDifference)];
}

/** Specificity that could not be measured is not assumed. */
export function unrankedConditions(why: string): Condition[] {
  return [{ name: "p_rand of t", value: Number.NaN, ...mostP, decides: "specific", cause: why }];
}
