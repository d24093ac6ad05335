import type { Outcome, Verdict } from "./common/verdict.ts";

/**
 * One sentence: does this evidence justify spending the sweep?
 *
 * It repeats the claims of what passed and adds none: the gate can refuse, it cannot prove.
 */
export function conclusion(verdicts: readonly Verdict[]): string {
  const named = (chosen: readonly Verdict[]) => chosen.map(({ id }) => id).join(", ");
  const unmeasured = verdicts.filter(({ measured }) => !measured);
  const failed = verdicts.filter(({ measured, outcome }) => measured && outcome === "FAIL");
  const unspecific = verdicts.filter(({ outcome }) => outcome === "PASS, not specific");
  if (verdicts.length === 0) return "Nothing was judged, so nothing justifies the sweep.";
  if (failed.length > 0)
    return `This evidence does not justify spending the sweep: ${named(failed)} failed${unmeasured.length > 0 ? `, ${named(unmeasured)} could not be measured` : ""}.`;
  if (unmeasured.length > 0)
    return `This evidence does not justify spending the sweep yet: ${named(unmeasured)} could not be measured.`;
  if (unspecific.length > 0)
    return `This evidence does not justify spending the sweep: ${named(unspecific)} passed, but not specifically for this v_hack.`;
  const claims = verdicts.map(({ claim }) => claim).join(", ");
  return `This evidence justifies spending the sweep: ${named(verdicts)} passed. It shows this much: ${claims}. Whether that slows the learning of hacks is for the sweep to say.`;
}

/** The outcomes of R5 to R7 in one sentence. It follows the gate's conclusion and does not change it. */
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
