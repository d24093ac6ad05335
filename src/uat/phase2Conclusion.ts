import type { Outcome, Verdict } from "./common/verdict.ts";

/** What R5 to R7 came to, in a sentence beside the gate's own: they qualify it and do not decide it. */
export function phase2Conclusion(verdicts: readonly Verdict[]): string {
  const named = (what: string, chosen: readonly Verdict[]) =>
    chosen.length === 0 ? [] : [`${chosen.map(({ id }) => id).join(", ")} ${what}`];
  const of = (outcome: Outcome) => verdicts.filter((verdict) => verdict.measured && verdict.outcome === outcome);
  const parts = [
    ...named("passed", of("PASS")),
    ...named("passed, but not specifically for this v_hack", of("PASS, not specific")),
    ...named("got a clean no", of("CLEAN NEGATIVE")),
    ...named("failed", of("FAIL")),
    ...named(
      "could not be measured",
      verdicts.filter(({ measured }) => !measured),
    ),
  ];
  return `Phase 2: ${parts.join("; ")}.`;
}
