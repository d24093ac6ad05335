import type { Verdict } from "./common/verdict.ts";

/**
 * The sentence that a researcher came for: whether this evidence justifies spending the sweep.
 *
 * It says no more than the requirements measured: the gate can refuse, it cannot prove.
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
  return `This evidence justifies spending the sweep: ${named(verdicts)} passed. It shows that v_hack tells hacks apart and that the projection removes it; whether that slows the learning of hacks is for the sweep to say.`;
}
