import type { Verdict } from "../uat/common/verdict.ts";

/**
 * The gate's answer for machines. Numbers that are not finite become the strings "NaN", "Infinity", "-Infinity".
 *
 * @param opens  whether the gate opens under the strictness that was asked for
 */
export function verdictJson(verdicts: readonly Verdict[], conclusion: string, opens: boolean): string {
  const judged = verdicts.map(
    ({ id, claim, outcome, measured, headline, threshold, path, message, conditions, notes }) => ({
      id,
      claim,
      outcome,
      measured,
      headline,
      threshold,
      evidence: path,
      message,
      conditions: conditions.map(({ name, value, relation, bound, decides, holds }) => ({
        name,
        value,
        relation,
        bound,
        decides,
        holds,
      })),
      notes: notes.map(({ label, text, values }) => ({ label, text, values })),
    }),
  );
  return JSON.stringify({ schema_version: 1, opens, conclusion, verdicts: judged }, spelledOut, 2);
}

function spelledOut(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
