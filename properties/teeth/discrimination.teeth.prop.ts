import { describe, it } from "vitest";
import { seededRng } from "../../src/numeric/rng.ts";
import {
  atEqualLength,
  bucketTest,
  lengthRegressedTest,
  overProblems,
  withinProblems,
} from "../../src/uat/r4/buckets.ts";
import { criteria } from "../../src/uat/criteria.ts";
import { crossCheck } from "../../src/uat/r4/crossCheck.ts";
import type { Evidence } from "../../src/uat/evidence/evidence.ts";
import { judge } from "../../src/uat/judge.ts";
import type { Note } from "../../src/uat/common/measurement.ts";
import type { RowCosine } from "../../src/uat/common/scoredRows.ts";
import { analyticNull, specificity } from "../../src/uat/r4/specificity.ts";
import { healthyEvidence, leaning, unitDirection, withRows } from "../support/evidence.ts";
import { rejects } from "../support/rejects.ts";
import { bucketLaws, leaningOnLength, type Told } from "../uat/r4/buckets.statements.ts";
import { type CrossCheck, crossCheckLaws } from "../uat/r4/crossCheck.statements.ts";
import { discriminationNoteLaws, fewProblems, type Report } from "../uat/r4/discriminationNotes.statements.ts";
import { specificityLaws } from "../uat/r4/specificity.statements.ts";

const v = unitDirection(seededRng(1, "v"));
const evidence = healthyEvidence(1, v, leaning(v, 6));

type Change = (row: RowCosine, i: number) => Partial<RowCosine>;
type OfRows<Rest extends readonly unknown[], Result> = (rows: readonly RowCosine[], ...rest: Rest) => Result;
/** An implementation that sees the rows otherwise than they are. */
const seeing =
  <Rest extends readonly unknown[], Result>(of: OfRows<Rest, Result>, change: Change): OfRows<Rest, Result> =>
  (rows, ...rest) =>
    of(
      rows.map((row, i) => ({ ...row, ...change(row, i) })),
      ...rest,
    );
const swapped = ({ gtPass }: { readonly gtPass: boolean }) => ({ gtPass: !gtPass });
const oneLength = () => ({ compLen: 1 });
const told = (marks: string, problem = 0): Told[] =>
  [...marks].map((mark, i) => ({ gtPass: mark === "c", problem, cosine: mark === "c" ? 0 : i + 1 }));
const twoProblems = [...told("pc", 0), ...told("pcc", 1)];

describe("teeth: buckets", () => {
  it("length regressed out rejects: Welch's test on the cosines as they are, buckets swapped", async () => {
    for (const wrong of [bucketTest, seeing(lengthRegressedTest, swapped)])
      await rejects(() => bucketLaws.regressesLengthOut(wrong, leaningOnLength(1)));
  });
  it("too few counted rejects: buckets swapped", () =>
    rejects(() => bucketLaws.countsWhatIsTooFew(seeing(lengthRegressedTest, swapped), 2, 1)));
  it("equal length rejects: a test blind to length, buckets swapped", async () => {
    for (const change of [oneLength, swapped])
      await rejects(() => bucketLaws.comparesAtEqualLength(seeing(atEqualLength, change), leaningOnLength(1)));
  });
  it("within problems rejects: labels permuted over all problems, buckets swapped", async () => {
    for (const change of [() => ({ problem: 0 }), swapped])
      await rejects(() => bucketLaws.permutesWithinProblems(seeing(withinProblems, change), twoProblems, 1));
  });
  it("over problems rejects: every row a problem of its own, buckets swapped, the larger bound twice", async () => {
    const high: typeof overProblems = (...given) => {
      const found = overProblems(...given);
      return found === null ? null : { ...found, low: found.high };
    };
    for (const wrong of [seeing(overProblems, (_row, i) => ({ problem: i })), seeing(overProblems, swapped), high])
      await rejects(() => bucketLaws.resamplesProblems(wrong, told("pppcc"), told("pcc"), 1));
  });
});

const check: CrossCheck = (given, ...rest) => crossCheck({ ...evidence, ...given }, ...rest);
/** The rows seen otherwise than they were recorded. */
const recordedAs =
  (change: (row: { cosSContrib: number | null; gradNormContrib: number | null }) => object): CrossCheck =>
  (given, vanilla, ...rest) =>
    check(
      given,
      vanilla.map((step) => ({ ...step, rows: step.rows.map((row) => ({ ...row, ...change(row) })) })),
      ...rest,
    );
const missingAsZero = recordedAs(({ cosSContrib, gradNormContrib }) => ({
  cosSContrib: cosSContrib ?? 0,
  gradNormContrib: gradNormContrib ?? 0,
}));
const stricter = recordedAs(({ cosSContrib }) => ({ cosSContrib: cosSContrib! * 2 }));
const firstRow: CrossCheck = (given, vanilla, ...rest) =>
  check(
    given,
    vanilla.map((step) => ({ ...step, rows: step.rows.slice(0, 1) })),
    ...rest,
  );
const normsUnseen: CrossCheck = (...given) =>
  check(...given).map((condition, i) => (i === 0 ? { ...condition, value: 0 } : condition));
const row = { gradient: [3, 1, 2, 1], normOff: 0, cosineOff: 0, isMissing: false };

describe("teeth: crossCheck", () => {
  it("counting rejects: norms unseen, the first row alone, what is missing read as 0", async () => {
    const rows = [row, { ...row, normOff: 3, cosineOff: 3 }, { ...row, isMissing: true }];
    for (const wrong of [normsUnseen, firstRow, missingAsZero])
      await rejects(() => crossCheckLaws.countsWhatIsOff(wrong, rows));
  });
  it("the largest rejects: the first", () => rejects(() => crossCheckLaws.statesTheLargest(firstRow, [1, -4, 2])));
  it("own rows rejects: a named file never compared, a named file always compared", async () => {
    const never: CrossCheck = (given, ...rest) => check(given, ...rest).slice(0, given.vHackIsGiven ? 1 : 2);
    const always: CrossCheck = (_given, ...rest) => check({ vHackIsGiven: false }, ...rest);
    await rejects(() => crossCheckLaws.comparesCosinesOfItsOwnRows(never, true, ["v"]));
    await rejects(() => crossCheckLaws.comparesCosinesOfItsOwnRows(always, true, ["w", null]));
  });
  it("the tolerance rejects: half of it", () => rejects(() => crossCheckLaws.acceptsTheToleranceItself(stricter)));
});

const three = [
  [3, 1, 2],
  [1, 4, -2],
  [2, -1, 5],
  [-3, 2, 1],
  [4, 1, 1],
  [-1, 2, 2],
] as const;
type Rank = typeof specificity;
const everywhere: Rank = (rows, direction, ...rest) =>
  specificity(
    rows,
    direction.map(() => 1),
    ...rest,
  );
const overModules: Rank = (rows, direction, gradients, ...rest) =>
  specificity(rows, direction, { ...gradients, widths: Int32Array.of(direction.length) }, ...rest);
const perNumber: Rank = (rows, direction, gradients, ...rest) =>
  specificity(rows, direction, { ...gradients, widths: Int32Array.from(direction, () => 1) }, ...rest);
const amongThemselves: Rank = (...given) => {
  const found = specificity(...given);
  return { ...found, pOfT: (found.pOfT * (1 + found.t.length) - 1) / found.t.length };
};
const lenient: Rank = (...given) => ({ ...specificity(...given), passing: 1 });

describe("teeth: specificity", () => {
  it("draws where v_hack is rejects: directions in every module, one unit vector over all, v_hack not counted, all counted as passing", async () => {
    for (const wrong of [everywhere, overModules, amongThemselves, lenient])
      await rejects(() => specificityLaws.drawsWhereVHackIs(wrong, three, 1));
  });
  it("a filled module rejects: v_hack's own entries only", () =>
    rejects(() => specificityLaws.fillsTheModule(perNumber, three, 1)));
  it("equal rows rejects: a pass where there is no test", () =>
    rejects(() => specificityLaws.seesNothingInEqualRows(lenient, [1, 2], 1)));
  it("the variance of the axes rejects: all numbers in one module, modules without a direction counted", async () => {
    const gradients = three.map((g) => [...g, ...g]);
    const whole: typeof analyticNull = (rows, direction) =>
      analyticNull(rows, direction, Int32Array.of(direction.length));
    const counted: typeof analyticNull = (rows, direction, widths) =>
      analyticNull(
        rows,
        direction.map(() => 1),
        widths,
      );
    for (const wrong of [whole, counted])
      await rejects(() => specificityLaws.hasTheVarianceOfTheAxes(wrong, gradients));
  });
});

const r4 = criteria.find(({ id }) => id === "R4")!;
const reportOf = (given: Evidence): Report => judge(r4, given);
const noting =
  (change: (note: Note) => Note) =>
  (given: Evidence): Report => {
    const report = reportOf(given);
    return { ...report, notes: report.notes.map(change) };
  };
const bucketsSwapped = (given: Evidence) =>
  reportOf(withRows(given, "vanilla", (one) => ({ ...one, gtPass: !one.gtPass })));
const allRows = (given: Evidence) => reportOf(withRows(given, "vanilla", (one) => ({ ...one, hacked: true })));
const asZero = noting((note) => ({
  ...note,
  values: Object.fromEntries(Object.entries(note.values).map(([name, value]) => [name, value ?? 0])),
}));
const otherText = noting((note) => ({ ...note, text: note.text.replace(/\d/g, "0") }));
const ownValues = noting((note) =>
  note.label === "control other" ? { ...note, values: { ...note.values, pOfT: 1 } } : note,
);
const withoutNotes = noting((note) => ({ ...note, values: {} }));

describe("teeth: R4's report", () => {
  it("the rows rejects: buckets swapped, rows that are no hacks counted, values left out", async () => {
    for (const wrong of [bucketsSwapped, allRows, withoutNotes])
      await rejects(() => discriminationNoteLaws.agreesWithTheRows(wrong, 1));
  });
  it("texts rejects: a text that says other numbers", () =>
    rejects(() => discriminationNoteLaws.showsItsValues(otherText, fewProblems(1))));
  it("what is not there rejects: 0 for it", () => rejects(() => discriminationNoteLaws.saysWhatIsNotThere(asZero, 1)));
  it("controls rejects: ranked by nothing, none reported", async () => {
    const silent = (given: Evidence) => reportOf({ ...given, controls: new Map() });
    for (const wrong of [ownValues, silent]) await rejects(() => discriminationNoteLaws.ranksControls(wrong, 1));
  });
  it("pictures rejects: buckets swapped, rows that are no hacks drawn", async () => {
    for (const wrong of [bucketsSwapped, allRows])
      await rejects(() => discriminationNoteLaws.picturesTheRows(wrong, 1));
  });
});
