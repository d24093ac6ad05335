import { keeps } from "./common/bound.ts";
import type { Condition, Criterion } from "./common/measurement.ts";
import type { Evidence } from "./evidence/evidence.ts";
import type { JudgedCondition, Outcome, Verdict } from "./common/verdict.ts";

/**
 * Decide one requirement on the evidence.
 *
 *     FAIL                 no evidence, or a condition that decides the pass does not hold
 *     CLEAN NEGATIVE       all of those hold, but the claim itself does not: a valid result, and a negative one
 *     PASS, not specific   all of those hold, one that decides specificity does not
 *     PASS                 all hold
 *
 * A figure that could not be computed is NaN and never passes.
 */
export function judge<Seen = Evidence>(criterion: Criterion<Seen>, evidence: Seen): Verdict {
  const measurement = criterion.measure(evidence);
  const { id, claim, threshold } = criterion;
  if (measurement.kind === "noEvidence") {
    const { path, message } = measurement;
    return {
      id,
      claim,
      threshold,
      path,
      message,
      outcome: "FAIL",
      measured: false,
      headline: "not measured",
      conditions: [],
      notes: [],
      figures: [],
    };
  }
  const conditions = measurement.conditions.map((condition) => ({
    ...condition,
    holds: keeps(condition.value, condition),
  }));
  const broken = conditions.filter((condition) => !condition.holds);
  const { path, headline, notes, figures } = measurement;
  return {
    id,
    claim,
    threshold,
    path,
    headline,
    outcome: outcomeOf(conditions),
    measured: true,
    message: messageOf(broken),
    conditions,
    notes,
    figures,
  };
}

/** Decide every requirement, in order. */
export function judgeAll<Seen = Evidence>(criteria: readonly Criterion<Seen>[], evidence: Seen): Verdict[] {
  return criteria.map((criterion) => judge(criterion, evidence));
}

/** Whether the gate opens. Strict: a pass that is not specific to v_hack does not open it. */
export function gateOpens(verdicts: readonly Verdict[], strict: boolean): boolean {
  const opening: readonly Outcome[] = strict ? ["PASS"] : ["PASS", "PASS, not specific"];
  return verdicts.length > 0 && verdicts.every(({ outcome }) => opening.includes(outcome));
}

/** Whether phase 2's questions are answered: a clean negative result is an answer. */
export function isAnswered(verdicts: readonly Verdict[], strict: boolean): boolean {
  const answers: readonly Outcome[] = strict
    ? ["PASS", "CLEAN NEGATIVE"]
    : ["PASS", "PASS, not specific", "CLEAN NEGATIVE"];
  return verdicts.length > 0 && verdicts.every(({ outcome }) => answers.includes(outcome));
}

function outcomeOf(conditions: readonly JudgedCondition[]): Outcome {
  const allHold = (decides: Condition["decides"]) =>
    conditions.every((condition) => condition.holds || condition.decides !== decides);
  if (!allHold("pass")) return "FAIL";
  if (conditions.some(({ decides, value }) => decides === "claim" && Number.isNaN(value))) return "FAIL";
  if (!allHold("claim")) return "CLEAN NEGATIVE";
  return allHold("specific") ? "PASS" : "PASS, not specific";
}

/** Causes in the order of the conditions; those that only cost specificity are left out beside a failure. */
function messageOf(broken: readonly JudgedCondition[]): string {
  const deciding = broken.filter(({ decides }) => decides !== "specific");
  return (deciding.length > 0 ? deciding : broken).map(({ cause }) => cause).join("; ");
}
