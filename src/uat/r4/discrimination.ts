import type { BootstrapInterval } from "../../numeric/clusterBootstrap.ts";
import type { PartialResult } from "../../numeric/partialTest.ts";
import type { WelchResult } from "../../numeric/welch.ts";
import type { PermutationTest } from "../../numeric/withinGroupPermutation.ts";
import { flatDirection } from "../common/flatDirection.ts";
import type { Condition, NoEvidence } from "../common/measurement.ts";
import { noEvidence } from "../common/noEvidence.ts";
import { provenance } from "../common/provenance.ts";
import { hackedRows, scoredAlong, scoredAsRecorded, type RowCosine } from "../common/scoredRows.ts";
import type { Evidence, Found, Missing, StageEvidence, VHackEvidence } from "../evidence/evidence.ts";
import type { SampleGradients } from "../evidence/sampleGradients.ts";
import {
  atEqualLength,
  bucketTest,
  cosinesByBucket,
  lengthRegressedTest,
  meanDifference,
  overProblems,
  withinProblems,
} from "./buckets.ts";
import { controlFigures, type ControlFigures } from "./controls.ts";
import { crossCheck } from "./crossCheck.ts";
import { directionFigures, type DirectionFigures } from "./directionFigures.ts";
import { madeOfItsPairs } from "./madeOfItsPairs.ts";
import { specificity, type Specificity } from "./specificity.ts";

/** R4's figures for one v_hack on one pool. Reports render them; R7 and the table of two adapters read them. */
export interface Discrimination {
  readonly kind: "measured";
  readonly path: string; // of the rows
  readonly cosines: readonly [pure: readonly number[], correct: readonly number[]];
  readonly difference: number | null; // of the mean cosines; null where a bucket is empty
  readonly welch: WelchResult;
  readonly withinProblems: PermutationTest;
  readonly overProblems: BootstrapInterval | null; // of the difference, 95%
  readonly lengthRegressed: WelchResult;
  readonly atEqualLength: PartialResult;
  /** Whether rows, gradients, v_hack and pairs belong to one run. */
  readonly origin: readonly Condition[];
  /** What v_hack is; null where the rows' recorded cosines were read. */
  readonly direction: DirectionFigures | null;
  readonly ranks: Ranks;
}

/** v_hack's rank among random directions, or why it has none. */
export type Ranks =
  | { readonly kind: "ranked"; readonly among: Specificity; readonly controls: readonly ControlFigures[] }
  | { readonly kind: "unranked"; readonly why: string };

const measured = new WeakMap<Evidence, Discrimination | NoEvidence>();

/**
 * R4: among hacked rows, the cosine with v_hack is larger where the body is wrong than where it is right.
 *
 * Recomputed from the stored per-sample gradients and the v_hack file where both are there. Otherwise read from the rows,
 * and then specificity is unknown. The figures of an evidence are computed once, whoever asks.
 */
export function discrimination(evidence: Evidence): Discrimination | NoEvidence {
  const known = measured.get(evidence);
  if (known !== undefined) return known;
  const figures = measure(evidence);
  measured.set(evidence, figures);
  return figures;
}

function measure(evidence: Evidence): Discrimination | NoEvidence {
  const { vanilla, gradients, vHack, vHackIsGiven, pairMeans } = evidence;
  if (vanilla.kind !== "found") return noEvidence(vanilla);
  if (gradients.kind === "unusable") return noEvidence(gradients);
  if (vHack.kind === "unusable" || (vHack.kind === "missing" && vHackIsGiven)) return noEvidence(vHack);
  if (pairMeans.kind === "unusable") return noEvidence(pairMeans);
  if (vHackIsGiven && gradients.kind === "missing") return noEvidence(gradients);
  if (gradients.kind === "missing") return asRecorded(evidence, vanilla, gradients);
  if (vHack.kind === "missing") return asRecorded(evidence, vanilla, vHack);
  const fit = flatDirection(vHack.value.vHack, gradients.value);
  if (fit.kind === "misfit")
    return noEvidence({ kind: "unusable", path: vHack.path, why: fit.why, command: "vhack extract" });
  return recomputed(evidence, vanilla, gradients.value, vHack.value, fit.direction);
}

function asRecorded(evidence: Evidence, vanilla: Found<StageEvidence>, absent: Missing): Discrimination {
  return {
    ...compared(scoredAsRecorded(hackedRows(vanilla.value, null)), evidence.seed, vanilla.path),
    origin: [provenance(evidence, ["pool", "vanilla"])],
    direction: null,
    ranks: unranked(`${absent.path} is absent; make it with: ${absent.command}`),
  };
}

function recomputed(
  evidence: Evidence,
  vanilla: Found<StageEvidence>,
  gradients: SampleGradients,
  vHack: VHackEvidence,
  v: Float64Array,
): Discrimination {
  const hacked = hackedRows(vanilla.value, gradients);
  const rows = scoredAlong(hacked, v);
  const figures = compared(rows, evidence.seed, vanilla.path);
  const direction = directionFigures(rows, v, gradients, vHack.vHack, evidence.pairMeans);
  const origin = [
    ...crossCheck(evidence, vanilla.value, gradients, vHack, v),
    ...(direction.pairs.kind === "found" ? [madeOfItsPairs(direction.pairs.value)] : []),
    provenance(evidence, ["pool", "vanilla"]),
  ];
  if (figures.welch.kind !== "tested")
    return { ...figures, origin, direction, ranks: unranked("there is no t to rank") };
  const real = { t: figures.welch.t, difference: figures.difference! };
  const among = specificity(rows, v, gradients, real, evidence.seed);
  const controls = controlFigures(evidence.controls, hacked, gradients, among);
  return { ...figures, origin, direction, ranks: { kind: "ranked", among, controls } };
}

function unranked(why: string): Ranks {
  return { kind: "unranked", why: `specificity could not be measured: ${why}` };
}

function compared(rows: readonly RowCosine[], seed: number, path: string) {
  return {
    kind: "measured",
    path,
    cosines: cosinesByBucket(rows),
    difference: meanDifference(rows),
    welch: bucketTest(rows),
    withinProblems: withinProblems(rows, seed),
    overProblems: overProblems(rows, seed),
    lengthRegressed: lengthRegressedTest(rows),
    atEqualLength: atEqualLength(rows),
  } as const;
}
