import type { Condition, Criterion } from "../../src/uat/common/measurement.ts";
import type { Verdict } from "../../src/uat/common/verdict.ts";
import type { Evidence } from "../../src/uat/evidence/evidence.ts";
import { judge } from "../../src/uat/judge.ts";
import { measuring } from "../support/measured.ts";

/** The judge, with the conditions that the criterion measured changed on the way. */
export const judging =
  (change: (conditions: readonly Condition[]) => readonly Condition[]) =>
  (criterion: Criterion, given: Evidence): Verdict => {
    const measure = measuring(criterion.measure, (measured) => {
      const [first, ...rest] = change(measured.conditions);
      return { ...measured, conditions: [first!, ...rest] };
    });
    return judge({ ...criterion, measure }, given);
  };
