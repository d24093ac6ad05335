import { rankP } from "../../numeric/rankP.ts";
import type { WelchResult } from "../../numeric/welch.ts";
import { flatDirection } from "../common/flatDirection.ts";
import { scoredAlong, type HackedRow } from "../common/scoredRows.ts";
import type { Reading, VHackEvidence } from "../evidence/evidence.ts";
import type { SampleGradients } from "../evidence/sampleGradients.ts";
import { bucketTest, meanDifference } from "./buckets.ts";
import type { Specificity } from "./specificity.ts";

/** R4's test with a negative control in v_hack's place: ranked, untested, or not usable at all. */
export type ControlFigures = { readonly name: string } & (
  | { readonly kind: "ranked"; readonly welch: WelchResult; readonly pOfT: number; readonly pOfDifference: number }
  | { readonly kind: "untested"; readonly welch: WelchResult }
  | { readonly kind: "unusable"; readonly why: string }
);

/** Each negative control as v_hack would be in its place, ranked among the same random directions. */
export function controlFigures(
  controls: ReadonlyMap<string, Reading<VHackEvidence>>,
  hacked: readonly HackedRow[],
  gradients: SampleGradients,
  among: Specificity,
): ControlFigures[] {
  return [...controls].map(([name, reading]) => {
    if (reading.kind !== "found")
      return { name, kind: "unusable", why: reading.kind === "missing" ? "absent" : reading.why };
    const fit = flatDirection(reading.value.vHack, gradients);
    if (fit.kind === "misfit") return { name, kind: "unusable", why: fit.why };
    const rows = scoredAlong(hacked, fit.direction);
    const welch = bucketTest(rows);
    if (welch.kind !== "tested") return { name, kind: "untested", welch };
    const pOfT = rankP(welch.t, among.t);
    const pOfDifference = rankP(meanDifference(rows)!, among.difference);
    return { name, kind: "ranked", welch, pOfT, pOfDifference };
  });
}
