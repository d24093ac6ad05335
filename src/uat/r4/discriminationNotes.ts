import { mean, variance } from "../../numeric/moments.ts";
import { norm } from "../../numeric/linalg/norm.ts";
import { rankP } from "../../numeric/rankP.ts";
import type { WelchResult } from "../../numeric/welch.ts";
import type { VHack } from "../../vhack/vHackFile.ts";
import {
  atEqualLength,
  bucketTest,
  cosinesByBucket,
  lengthRegressedTest,
  meanDifference,
  overProblems,
  withinProblems,
} from "./buckets.ts";
import type { Reading, VHackEvidence } from "../evidence/evidence.ts";
import { flatDirection } from "../common/flatDirection.ts";
import type { Note } from "../common/measurement.ts";
import type { SampleGradients } from "../evidence/sampleGradients.ts";
import { scoredAlong, type HackedRow, type RowCosine } from "../common/scoredRows.ts";
import { analyticNull, randomDraws, type Specificity } from "./specificity.ts";

/** The comparison looked at from the sides that Welch's test does not see. */
export function bucketNotes(rows: readonly RowCosine[], seed: number): Note[] {
  const [pure, correct] = cosinesByBucket(rows);
  const average = (values: number[]) => (values.length === 0 ? null : mean(values));
  const [meanPure, meanCorrect] = [average(pure), average(correct)];
  const permutation = withinProblems(rows, seed);
  const interval = overProblems(rows, seed);
  const regressed = lengthRegressedTest(rows);
  const partial = atEqualLength(rows);
  const partialText =
    partial.kind === "tested"
      ? `t ${partial.t.toFixed(2)}, p ${partial.p.toPrecision(2)}`
      : `no test (${partial.kind})`;
  return [
    {
      label: "mean cos_S",
      text: `hack only ${fixed(meanPure)}, hack and correct ${fixed(meanCorrect)}`,
      values: { pure: meanPure, correct: meanCorrect },
    },
    {
      label: "labels permuted within problems",
      text: `p ${permutation.p.toPrecision(2)} (${permutation.informativeGroups} problems hold both kinds)`,
      values: { p: permutation.p, informativeProblems: permutation.informativeGroups },
    },
    {
      label: "bootstrap over problems, 95%",
      text:
        interval === null
          ? "no difference to resample"
          : `difference of means ${interval.low.toFixed(4)} to ${interval.high.toFixed(4)}`,
      values: { low: interval === null ? null : interval.low, high: interval === null ? null : interval.high },
    },
    {
      label: "completion length regressed out",
      text: `${testText(regressed)} (Welch on residuals)`,
      values: testValues(regressed),
    },
    {
      label: "at equal completion length",
      text: `${partialText} (cos on bucket and length)`,
      values: partial.kind === "tested" ? { t: partial.t, p: partial.p } : {},
    },
  ];
}

/** What v_hack is, in figures and in its own words. */
export function directionNotes(
  rows: readonly RowCosine[],
  direction: Float64Array,
  gradients: SampleGradients,
  { modules, metadata }: VHack,
): Note[] {
  const perModule = mean([...modules.values()].map(({ k, r }) => Math.sqrt(k / r)));
  const expected = rows.length === 0 ? null : analyticNull(rows, direction, gradients.widths);
  const likeness = rows.length === 0 ? null : likenessToMean(rows, direction, gradients);
  const contrasts = metadata["contrasts"] ?? "not recorded in the file";
  return [
    { label: "the pairs contrast", text: contrasts, values: { contrasts } },
    {
      label: "cosine of a random direction",
      text: `sqrt(k/r) ${perModule.toFixed(4)} in a module; cos_S has sd ${fixed(expected)}`,
      values: { perModule, sdOfCosS: expected },
    },
    {
      label: "v_hack against the mean gradient",
      text: `${fixed(likeness)} (mean cosine over modules; near 1 v_hack is what all hacked rows share)`,
      values: { cosine: likeness },
    },
  ];
}

export function specificityNote({ t, pOfT, pOfDifference, passing }: Specificity): Note {
  const sd = Math.sqrt(variance(t));
  return {
    label: `among ${randomDraws} random directions`,
    text: `p_rand of t ${pOfT.toFixed(3)}, of the difference ${pOfDifference.toFixed(3)}; their t has sd ${sd.toFixed(2)}, ${(100 * passing).toFixed(0)}% pass Welch`,
    values: { pOfT, pOfDifference, sdOfT: sd, passing },
  };
}

/** The same test with each negative control in v_hack's place, ranked among the same random directions. */
export function againstControls(
  controls: ReadonlyMap<string, Reading<VHackEvidence>>,
  hacked: readonly HackedRow[],
  gradients: SampleGradients,
  ranks: Specificity,
): Note[] {
  return [...controls].map(([name, reading]) => {
    const label = `control ${name}`;
    if (reading.kind !== "found")
      return { label, text: reading.kind === "missing" ? "absent" : reading.why, values: {} };
    const fit = flatDirection(reading.value.vHack, gradients);
    if (fit.kind === "misfit") return { label, text: fit.why, values: {} };
    const rows = scoredAlong(hacked, fit.direction);
    const test = bucketTest(rows);
    if (test.kind !== "tested") return { label, text: testText(test), values: testValues(test) };
    const pOfT = rankP(test.t, ranks.t);
    const pOfDifference = rankP(meanDifference(rows)!, ranks.difference);
    const text = `${testText(test)}; p_rand ${pOfT.toFixed(3)}, ${pOfDifference.toFixed(3)}`;
    return { label, text, values: { ...testValues(test), pOfT, pOfDifference } };
  });
}

/** Mean over modules of the cosine between v_hack and the mean unit gradient of the rows. */
function likenessToMean(rows: readonly RowCosine[], direction: Float64Array, { widths }: SampleGradients): number {
  const sum = new Float64Array(direction.length);
  for (const { unit } of rows) unit!.forEach((value, i) => (sum[i]! += value));
  let offset = 0;
  const cosines: number[] = [];
  for (const width of widths) {
    const [v, g] = [direction.subarray(offset, offset + width), sum.subarray(offset, offset + width)];
    const length = norm(g);
    cosines.push(length === 0 ? 0 : v.reduce((dot, value, i) => dot + value * g[i]!, 0) / length);
    offset += width;
  }
  return mean(cosines);
}

function testText(test: WelchResult): string {
  return test.kind === "tested"
    ? `t ${test.t.toFixed(2)}, p ${test.p.toPrecision(2)}`
    : `no test (${test.nA} and ${test.nB} rows, ${test.kind})`;
}

function testValues(test: WelchResult): Record<string, number | null> {
  return test.kind === "tested" ? { t: test.t, p: test.p, df: test.df } : { t: null, p: null, df: null };
}

function fixed(value: number | null): string {
  return value === null ? "none" : value.toFixed(4);
}
