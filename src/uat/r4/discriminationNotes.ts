import { mean, standardDeviation } from "../../numeric/moments.ts";
import type { WelchResult } from "../../numeric/welch.ts";
import type { Note } from "../common/measurement.ts";
import type { ControlFigures } from "./controls.ts";
import type { DirectionFigures } from "./directionFigures.ts";
import type { Discrimination } from "./discrimination.ts";
import { pairNote } from "./madeOfItsPairs.ts";
import { randomDraws, type Specificity } from "./specificity.ts";

/** R4's figures that decide nothing, as lines beside the verdict. */
export function discriminationNotes(figures: Discrimination): Note[] {
  const { direction, ranks } = figures;
  return [
    ...bucketNotes(figures),
    ...lengthNotes(figures),
    ...(direction === null ? [] : directionNotes(direction)),
    ...(ranks.kind === "unranked" ? [] : [specificityNote(ranks.among), ...ranks.controls.map(controlNote)]),
  ];
}

function bucketNotes({ cosines, withinProblems, overProblems }: Discrimination): Note[] {
  const average = (values: readonly number[]) => (values.length === 0 ? null : mean(values));
  const [pure, correct] = [average(cosines[0]), average(cosines[1])];
  const { p, informativeGroups } = withinProblems;
  return [
    {
      label: "mean cos_S",
      text: `hack only ${fixed(pure)}, hack and correct ${fixed(correct)}`,
      values: { pure, correct },
    },
    {
      label: "labels permuted within problems",
      text: `p ${p.toPrecision(2)} (${informativeGroups} problems hold both kinds)`,
      values: { p, informativeProblems: informativeGroups },
    },
    {
      label: "bootstrap over problems, 95%",
      text:
        overProblems === null
          ? "no difference to resample"
          : `difference of means ${overProblems.low.toFixed(4)} to ${overProblems.high.toFixed(4)}`,
      values: { low: overProblems?.low ?? null, high: overProblems?.high ?? null },
    },
  ];
}

function lengthNotes({ lengthRegressed, atEqualLength }: Discrimination): Note[] {
  const partialText =
    atEqualLength.kind === "tested"
      ? `t ${atEqualLength.t.toFixed(2)}, p ${atEqualLength.p.toPrecision(2)}`
      : `no test (${atEqualLength.kind})`;
  return [
    {
      label: "completion length regressed out",
      text: `${testText(lengthRegressed)} (Welch on residuals)`,
      values: testValues(lengthRegressed),
    },
    {
      label: "at equal completion length",
      text: `${partialText} (cos on bucket and length)`,
      values: atEqualLength.kind === "tested" ? { t: atEqualLength.t, p: atEqualLength.p } : {},
    },
  ];
}

function directionNotes({ pairs, contrasts, randomInModule, sdOfRandom, cosineWithMean }: DirectionFigures): Note[] {
  const shown = contrasts ?? "not recorded in the file";
  return [
    pairNote(pairs),
    { label: "the pairs contrast", text: shown, values: { contrasts: shown } },
    {
      label: "cosine of a random direction",
      text: `sqrt(k/r) ${randomInModule.toFixed(4)} in a module; cos_S has sd ${fixed(sdOfRandom)}`,
      values: { perModule: randomInModule, sdOfCosS: sdOfRandom },
    },
    {
      label: "v_hack against the mean gradient",
      text: `${fixed(cosineWithMean)} (mean cosine over modules; near 1 v_hack is what all hacked rows share)`,
      values: { cosine: cosineWithMean },
    },
  ];
}

function specificityNote({ t, pOfT, pOfDifference, passing }: Specificity): Note {
  const sd = standardDeviation(t);
  return {
    label: `among ${randomDraws} random directions`,
    text: `p_rand of t ${pOfT.toFixed(3)}, of the difference ${pOfDifference.toFixed(3)}; their t has sd ${sd.toFixed(2)}, ${(100 * passing).toFixed(0)}% pass Welch`,
    values: { pOfT, pOfDifference, sdOfT: sd, passing },
  };
}

function controlNote(control: ControlFigures): Note {
  const label = `control ${control.name}`;
  if (control.kind === "unusable") return { label, text: control.why, values: {} };
  const [text, values] = [testText(control.welch), testValues(control.welch)];
  if (control.kind === "untested") return { label, text, values };
  const { pOfT, pOfDifference } = control;
  return {
    label,
    text: `${text}; p_rand ${pOfT.toFixed(3)}, ${pOfDifference.toFixed(3)}`,
    values: { ...values, pOfT, pOfDifference },
  };
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
