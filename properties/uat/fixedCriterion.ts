import type { Condition, Criterion } from "../../src/uat/common/measurement.ts";

/** A criterion that reads nothing and reports these conditions. */
export function fixedCriterion(conditions: readonly [Condition, ...Condition[]]): Criterion {
  return {
    id: "R0",
    claim: "",
    threshold: "",
    measure: () => ({ kind: "measured", path: "", conditions, headline: "", notes: [], figures: [] }),
  };
}
