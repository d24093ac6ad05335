import fc from "fast-check";
import { expect } from "vitest";
import type { Note } from "../../../src/uat/common/measurement.ts";
import type { RowCosine } from "../../../src/uat/common/scoredRows.ts";
import type { Verdict } from "../../../src/uat/common/verdict.ts";
import { criteria } from "../../../src/uat/criteria.ts";
import type { Evidence, Reading, VHackEvidence } from "../../../src/uat/evidence/evidence.ts";
import { judge } from "../../../src/uat/judge.ts";
import { overProblems, withinProblems } from "../../../src/uat/r4/buckets.ts";
import { specificity } from "../../../src/uat/r4/specificity.ts";
import {
  bucketsOf,
  plainMean,
  plainPartial,
  plainRegressed,
  plainVariance,
  plainWelch,
} from "../../reference/plainTests.ts";
import { cosS, vHackOf, withRows } from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { expectNear, norm } from "../../support/tolerance.ts";
import { direction, fewProblems } from "./fewProblems.ts";
import { scored } from "./scored.ts";

type Report = Pick<Verdict, "notes" | "figures" | "conditions" | "headline">;

type ReportOf = (evidence: Evidence) => Verdict;

type Values = Readonly<Record<string, number | string | null>>;

/** The hacked rows with their cosines along `v`, by the definition. */
function plainRows({ vanilla, gradients }: Evidence, v: Float64Array): RowCosine[] {
  if (vanilla.kind !== "found" || gradients.kind !== "found") throw new Error("expected rows and gradients");
  const { bySteps } = gradients.value;
  return vanilla.value.flatMap(({ step, rows }) =>
    rows.flatMap(({ hacked, gtPass, compLen, srcProblemId: problem }, b) => {
      const g = Float64Array.from(bySteps.get(step)![b]!);
      return hacked
        ? [scored({ gtPass, compLen, problem, cosine: cosS(g, v), unit: g.map((value) => value / norm(g)) })]
        : [];
    }),
  );
}

/** The modules of a flat vector. */
const modulesOf = (flat: Float64Array) => [flat.subarray(0, 24), flat.subarray(24, 40), flat.subarray(40, 60)];

const plainDot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

function plainLikeness(rows: readonly RowCosine[], v: Float64Array): number {
  const sum = Float64Array.from(v, (_, j) => rows.reduce((all, { unit }) => all + unit![j]!, 0));
  const [modules, mean] = [modulesOf(v), modulesOf(sum)];
  return plainMean(mean.map((g, m) => (norm(g) === 0 ? 0 : plainDot(modules[m]!, g) / norm(g))));
}

const plainNullSd = (rows: readonly RowCosine[]) =>
  Math.sqrt(plainMean(rows.map(({ unit }) => modulesOf(unit!).reduce((sum, g) => sum + plainDot(g, g) / g.length, 0))));

function expectValues(notes: readonly Note[], expected: Readonly<Record<string, Values>>): void {
  for (const [label, values] of Object.entries(expected)) {
    const found = notes.filter((note) => note.label === label);
    expect(found, label).toHaveLength(1);
    expect(Object.keys(found[0]!.values).sort(), label).toEqual(Object.keys(values).sort());
    for (const [name, value] of Object.entries(values)) {
      const got = found[0]!.values[name];
      if (typeof value === "number" && typeof got === "number") expectNear(got, value, `${label}, ${name}`);
      else expect(got, `${label}, ${name}`).toBe(value);
    }
  }
}

/** The ways in which a report writes a number. */
const writings = (x: number) => [
  String(x),
  x.toFixed(2),
  x.toFixed(3),
  x.toFixed(4),
  x.toPrecision(2),
  `${(100 * x).toFixed(0)}%`,
];

/** Each value of a note is in its text too: a number in one of the ways to write it, "none" for what is not there. */
function expectShown({ notes }: Report): void {
  for (const { label, text, values } of notes) {
    expect(text, label).not.toMatch(/NaN|undefined|null|Infinity/);
    const words = text.split(/[\s,;()]+/);
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === "string") expect(text, label).toBe(value);
      if (typeof value === "number" && name !== "df")
        expect(
          writings(value).some((writing) => words.includes(writing)),
          `${label}: ${name} ${value} in "${text}"`,
        ).toBe(true);
      if (value === null) expect(text, label).toMatch(/\b(none|no)\b/);
    }
  }
}

/** Draws and real value of the picture of random directions in this unit. */
function nullFigure({ figures }: Report, unit: RegExp) {
  for (const figure of figures) if (figure.kind === "null" && unit.test(figure.unit)) return figure;
  throw new Error(`expected a picture of random directions, unit ${unit}`);
}

const plainRank = (x: number, draws: readonly number[]) =>
  (1 + draws.filter((draw) => draw >= x).length) / (1 + draws.length);

const difference = (rows: readonly RowCosine[]) =>
  bucketsOf(rows)
    .map(plainMean)
    .reduce((pure, correct) => pure - correct);

const r4 = criteria.find(({ id }) => id === "R4")!;

const reportOf = (evidence: Evidence) => judge(r4, evidence);

const seed = fc.nat(1e6);
const runs = { numRuns: 3 };
const few = fewProblems(1);

const noting =
  (change: (note: Note) => Note) =>
  (given: Evidence): Verdict => {
    const report = reportOf(given);
    return { ...report, notes: report.notes.map(change) };
  };

const bucketsSwapped = (given: Evidence) =>
  reportOf(withRows(given, "vanilla", (one) => ({ ...one, gtPass: !one.gtPass })));

const allRows = (given: Evidence) => reportOf(withRows(given, "vanilla", (one) => ({ ...one, hacked: true })));

lawsOf<ReportOf>("R4's notes", reportOf, (law) => {
  law("agree with the rows: every figure, computed again from the stored gradients", {
    else: "the report's lines beside the verdict are about other rows, buckets or statistics than they say",
    for: [seed],
    holds: (reportOf, seed) => {
      const [evidence, v] = [fewProblems(seed), direction(seed)];
      const [report, rows] = [reportOf(evidence), plainRows(evidence, v)];
      const [pure, correct] = bucketsOf(rows);
      const [ofT, ofDifference] = [nullFigure(report, /^t$/), nullFigure(report, /difference/)];
      const real = { t: plainWelch(pure, correct).t, difference: difference(rows) };
      if (evidence.gradients.kind !== "found") throw new Error("expected gradients");
      const { low, high } = overProblems(rows, seed)!;
      expectValues(report.notes, {
        "mean cos_S": { pure: plainMean(pure), correct: plainMean(correct) },
        "labels permuted within problems": { p: withinProblems(rows, seed).p, informativeProblems: 4 },
        "bootstrap over problems, 95%": { low, high },
        "completion length regressed out": plainRegressed(rows),
        "at equal completion length": plainPartial(rows),
        "the pairs contrast": { contrasts: "stub bodies against right ones" },
        "cosine of a random direction": {
          perModule: plainMean([24, 16, 20].map((r) => 1 / Math.sqrt(r))),
          sdOfCosS: plainNullSd(rows),
        },
        "v_hack against the mean gradient": { cosine: plainLikeness(rows, v) },
        "among 200 random directions": {
          pOfT: plainRank(real.t, ofT.draws),
          pOfDifference: plainRank(real.difference, ofDifference.draws),
          sdOfT: Math.sqrt(plainVariance(ofT.draws)),
          passing: specificity(rows, v, evidence.gradients.value, real, seed).passing,
        },
      });
    },
    ...runs,
    rejects: {
      "buckets swapped": [bucketsSwapped, 1],
      "rows that are no hacks counted": [allRows, 1],
      "values left out": [noting((note) => ({ ...note, values: {} })), 1],
    },
  });

  law("show their values: each number that a note holds stands in its text", {
    for: [],
    holds: (reportOf) => {
      expectShown(reportOf(few));
    },
    rejects: {
      "a text that says other numbers": [noting((note) => ({ ...note, text: note.text.replace(/\d/g, "0") }))],
    },
  });

  law("say what is not there: no rows in a bucket, or none at all", {
    else: "a mean of no rows reads as a measured 0",
    for: [seed],
    holds: (reportOf, seed) => {
      const [evidence, v] = [fewProblems(seed), direction(seed)];
      const none = { t: null, p: null, df: null };
      const empty = {
        "completion length regressed out": none,
        "at equal completion length": {},
        "bootstrap over problems, 95%": { low: null, high: null },
      };
      const pureOnly = withRows(evidence, "vanilla", (row) => ({ ...row, gtPass: false }));
      const mean = plainMean(plainRows(evidence, v).map(({ cosine }) => cosine));
      expectValues(reportOf(pureOnly).notes, {
        ...empty,
        "mean cos_S": { pure: mean, correct: null },
        "labels permuted within problems": { p: 1, informativeProblems: 0 },
      });
      const honest = withRows(evidence, "vanilla", (row) => ({ ...row, hacked: false }));
      expectValues(reportOf(honest).notes, {
        ...empty,
        "mean cos_S": { pure: null, correct: null },
        "cosine of a random direction": {
          perModule: plainMean([24, 16, 20].map((r) => 1 / Math.sqrt(r))),
          sdOfCosS: null,
        },
        "v_hack against the mean gradient": { cosine: null },
      });
      for (const given of [pureOnly, honest]) {
        const report = reportOf(given);
        expectShown(report);
        const { conditions, figures } = report;
        expect(conditions.filter(({ name }) => name.startsWith("p_rand")).map(({ value }) => value)).toEqual([
          Number.NaN,
        ]);
        expect(figures.map(({ kind }) => kind)).toEqual(["distributions"]);
      }
    },
    ...runs,
    rejects: {
      "0 for it": [
        noting((note) => ({
          ...note,
          values: Object.fromEntries(Object.entries(note.values).map(([name, value]) => [name, value ?? 0])),
        })),
        1,
      ],
    },
  });

  law("rank each control as v_hack is ranked, and say of each other one what is the matter", {
    else: "a shuffled control that passes as v_hack does goes unseen",
    for: [seed],
    holds: (reportOf, seed) => {
      const [evidence, other] = [fewProblems(seed), direction(seed, "other")];
      const renamed = {
        ...vHackOf(other, "w").vHack,
        modules: new Map([["z", { v: other, s: Float64Array.of(1), k: 1, r: other.length }]]),
      };
      const found = (value: VHackEvidence): Reading<VHackEvidence> => ({ kind: "found", path: "c", value });
      const report = reportOf({
        ...evidence,
        controls: new Map<string, Reading<VHackEvidence>>([
          ["absent", { kind: "missing", path: "c", command: "make" }],
          ["broken", { kind: "unusable", path: "c", why: "cut short", command: "make" }],
          ["foreign", found({ vHack: renamed, sha256: "w" })],
          ["silent", found(vHackOf(new Float64Array(other.length), "w"))],
          ["other", found(vHackOf(other, "w"))],
        ]),
      });
      const rows = plainRows(evidence, other);
      const test = plainWelch(...bucketsOf(rows));
      const pOfT = plainRank(test.t, nullFigure(report, /^t$/).draws);
      const pOfDifference = plainRank(difference(rows), nullFigure(report, /difference/).draws);
      const controls = report.notes.filter(({ label }) => label.startsWith("control "));
      const silent = { t: null, p: null, df: null };
      expectValues(controls, {
        "control absent": {},
        "control broken": {},
        "control foreign": {},
        "control silent": silent,
        "control other": { ...test, pOfT, pOfDifference },
      });
      const texts = controls.map(({ text }) => text);
      expect(texts.slice(0, 2)).toEqual(["absent", "cut short"]);
      expect(texts[2]).toMatch(/got z.*another model or adapter/);
      expect(texts[3]).toContain(
        `(${bucketsOf(rows)
          .map(({ length }) => length)
          .join(" and ")} rows, noVariance)`,
      );
      expect(controls).toHaveLength(5);
    },
    ...runs,
    rejects: {
      "ranked by nothing": [
        noting((note) => (note.label === "control other" ? { ...note, values: { ...note.values, pOfT: 1 } } : note)),
        1,
      ],
      "none reported": [(given: Evidence) => reportOf({ ...given, controls: new Map() }), 1],
    },
  });

  law("give what the pairs contrast, or that the file does not say", {
    for: [],
    holds: (reportOf) => {
      if (few.vHack.kind !== "found") throw new Error("expected v_hack");
      const { vHack } = few.vHack.value;
      const silent: Evidence = {
        ...few,
        vHack: { ...few.vHack, value: { ...few.vHack.value, vHack: { ...vHack, metadata: { model_hash: "model" } } } },
      };
      expect(reportOf(silent).notes.find(({ label }) => label === "the pairs contrast")!.text).toBe(
        "not recorded in the file",
      );
    },
    rejects: {
      "silence passed on": [noting((note) => ({ ...note, text: note.text.replace("not recorded in the file", "") }))],
    },
  });
});

lawsOf<ReportOf>("R4's pictures", reportOf, (law) => {
  law("hold the rows' cosines by bucket, the draws, and the real figures that p_rand ranks", {
    else: "the picture shows another distribution than the one that decided",
    for: [seed],
    holds: (reportOf, seed) => {
      const evidence = fewProblems(seed);
      const [report, rows] = [reportOf(evidence), plainRows(evidence, direction(seed))];
      const buckets = bucketsOf(rows);
      const [first] = report.figures;
      if (first?.kind !== "distributions") throw new Error("expected the buckets' cosines first");
      expect(first.series.map(({ values }) => values.length)).toEqual(buckets.map(({ length }) => length));
      first.series.forEach(({ values }, bucket) =>
        values.forEach((value, i) => expectNear(value, buckets[bucket]![i]!, `cosine ${i} of bucket ${bucket}`)),
      );
      const { t, df, p } = plainWelch(...buckets);
      for (const [unit, real, condition] of [
        [/^t$/, t, "p_rand of t"],
        [/difference/, difference(rows), "p_rand of the difference"],
      ] as const) {
        const figure = nullFigure(report, unit);
        expectNear(figure.real, real, figure.unit);
        expect(figure.draws).toHaveLength(200);
        expectNear(
          report.conditions.find(({ name }) => name === condition)!.value,
          plainRank(real, figure.draws),
          condition,
        );
      }
      const counts = `${buckets[0].length} pure hacks, ${buckets[1].length} with a correct body`;
      expect(report.headline).toBe(`t ${t.toFixed(2)}, p ${p.toPrecision(2)}, df ${df.toFixed(1)} (${counts})`);
    },
    ...runs,
    rejects: { "buckets swapped": [bucketsSwapped, 1], "rows that are no hacks drawn": [allRows, 1] },
  });
});
