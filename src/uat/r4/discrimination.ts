import { atEqualLength, bucketTest, cosinesByBucket, meanDifference } from "./buckets.ts";
import { crossCheck } from "./crossCheck.ts";
import { againstControls, bucketNotes, directionNotes, specificityNote } from "./discriminationNotes.ts";
import type { Evidence, Found, Missing, StageEvidence, VHackEvidence } from "../evidence/evidence.ts";
import { flatDirection } from "../common/flatDirection.ts";
import type { Condition, Figure, Measurement, Note } from "../common/measurement.ts";
import { noEvidence } from "../common/noEvidence.ts";
import { madeOfItsPairs, pairNote } from "./madeOfItsPairs.ts";
import { provenance } from "../common/provenance.ts";
import type { SampleGradients } from "../evidence/sampleGradients.ts";
import { hackedRows, scoredAlong, scoredAsRecorded, type RowCosine } from "../common/scoredRows.ts";
import { specificity } from "./specificity.ts";
import { lengthCondition, rankConditions, unrankedConditions, welchConditions } from "./welchConditions.ts";

/**
 * R4: among hacked rows, the cosine with v_hack is larger where the body is wrong than where it is right.
 *
 * Recomputed from the stored per-sample gradients and the v_hack file where both are there; otherwise read from the
 * rows, and then specificity cannot be told.
 */
export function discrimination(evidence: Evidence): Measurement {
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
  return recomputed(evidence, vanilla, gradients.value, vHack, fit.direction);
}

function asRecorded(evidence: Evidence, vanilla: Found<StageEvidence>, absent: Missing): Measurement {
  const why = `specificity could not be measured: ${absent.path} is absent; make it with: ${absent.command}`;
  const rows = scoredAsRecorded(hackedRows(vanilla.value, null));
  return {
    kind: "measured",
    path: vanilla.path,
    headline: headlineOf(rows),
    conditions: [
      ...welchConditions(bucketTest(rows)),
      lengthCondition(atEqualLength(rows)),
      ...unrankedConditions(why),
      provenance(evidence, ["pool", "vanilla"]),
    ],
    notes: bucketNotes(rows, evidence.seed),
    figures: [bucketFigure(rows)],
  };
}

function recomputed(
  evidence: Evidence,
  vanilla: Found<StageEvidence>,
  gradients: SampleGradients,
  vHack: Found<VHackEvidence>,
  direction: Float64Array,
): Measurement {
  const { pairMeans } = evidence;
  const hacked = hackedRows(vanilla.value, gradients);
  const rows = scoredAlong(hacked, direction);
  const test = bucketTest(rows);
  const conditions: [Condition, ...Condition[]] = [
    ...welchConditions(test),
    ...crossCheck(evidence, vanilla.value, gradients, vHack.value, direction),
    ...(pairMeans.kind === "found" ? [madeOfItsPairs(vHack.value.vHack, pairMeans.value)] : []),
    provenance(evidence, ["pool", "vanilla"]),
    lengthCondition(atEqualLength(rows)),
  ];
  const notes: Note[] = [
    ...bucketNotes(rows, evidence.seed),
    pairNote(vHack.value.vHack, pairMeans),
    ...directionNotes(rows, direction, gradients, vHack.value.vHack),
  ];
  const figures: Figure[] = [bucketFigure(rows)];
  if (test.kind === "tested") {
    const real = { t: test.t, difference: meanDifference(rows)! };
    const ranks = specificity(rows, direction, gradients, real, evidence.seed);
    conditions.push(...rankConditions(ranks));
    notes.push(specificityNote(ranks), ...againstControls(evidence.controls, hacked, gradients, ranks));
    figures.push(
      { kind: "null", title: "Welch t of random directions, and of v_hack", unit: "t", draws: ranks.t, real: real.t },
      {
        kind: "null",
        title: "Difference of mean cosines of random directions, and of v_hack",
        unit: "difference of mean cos_S",
        draws: ranks.difference,
        real: real.difference,
      },
    );
  } else conditions.push(...unrankedConditions("specificity could not be measured: there is no t to rank"));
  return { kind: "measured", path: vanilla.path, headline: headlineOf(rows), conditions, notes, figures };
}

function headlineOf(rows: readonly RowCosine[]): string {
  const test = bucketTest(rows);
  const counts = `${test.nA} pure hacks, ${test.nB} with a correct body`;
  return test.kind === "tested"
    ? `t ${test.t.toFixed(2)}, p ${test.p.toPrecision(2)}, df ${test.df.toFixed(1)} (${counts})`
    : `no test (${counts})`;
}

function bucketFigure(rows: readonly RowCosine[]): Figure {
  const [pure, correct] = cosinesByBucket(rows);
  return {
    kind: "distributions",
    title: "Cosine of hacked rows' gradients with v_hack",
    unit: "cos_S_contrib",
    series: [
      { name: "hack only (gt_pass = 0)", values: pure },
      { name: "hack and correct (gt_pass = 1)", values: correct },
    ],
  };
}
