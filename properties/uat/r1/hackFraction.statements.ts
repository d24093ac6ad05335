import fc from "fast-check";
import { expect } from "vitest";
import type { RolloutRow } from "../../../src/artifact/rolloutRow.ts";
import { wilsonInterval } from "../../../src/numeric/wilsonInterval.ts";
import type { Evidence, StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import type { Measurement, Note } from "../../../src/uat/common/measurement.ts";
import type { PoolSymptoms } from "../../../src/uat/r1/hackFraction.ts";
import { manifest, rolloutRow } from "../../support/evidence.ts";
import { measured } from "../../support/measured.ts";

type Measure = (evidence: Evidence) => Measurement;
type Blame = (symptoms: PoolSymptoms) => string;
type Cut = (rows: readonly RolloutRow[]) => number;

const anyRow = fc.record({
  hacked: fc.boolean(),
  gtPass: fc.boolean(),
  gtCorrect: fc.option(fc.boolean()),
  reward: fc.constantFrom(0, 0.5, 3.5),
  completionIds: fc.array(fc.integer({ min: 5, max: 7 }), { minLength: 3, maxLength: 3 }),
  compLen: fc.integer({ min: 1, max: 3 }),
});

/** Pools of one to five steps of one to four rows, of any grades. */
export const anyPool: fc.Arbitrary<StageEvidence> = fc
  .integer({ min: 1, max: 4 })
  .chain((group) => fc.array(fc.array(anyRow, { minLength: group, maxLength: group }), { minLength: 1, maxLength: 5 }))
  .map((steps) =>
    steps.map((rows, step) => ({
      step,
      path: `pool/step_${step}`,
      manifest: manifest("teacher-pool", { vHackHash: null }),
      rows: rows.map((fields, sampleId) => rolloutRow({ ...fields, step, sampleId })),
    })),
  );

const rowsOf = (pool: StageEvidence) => pool.flatMap(({ rows }) => rows);
function count<Value>(values: readonly Value[], holds: (value: Value) => boolean): number {
  let found = 0;
  for (const value of values) if (holds(value)) found++;
  return found;
}

const withPool = (evidence: Evidence, pool: StageEvidence): Evidence => ({
  ...evidence,
  pool: { kind: "found", path: "pool", value: pool },
});

/** Symptoms of which none tells anything: a hint, and no code. */
const silent: PoolSymptoms = {
  hint: 1,
  formatOk: 0,
  writesRunTests: 0,
  assertsInRunTests: 0,
  correct: 0,
  truncated: 0,
};

/** Each cause with the symptom that shows it, and the same at the edge where it does not yet; the most telling first. */
export const causes: readonly (readonly [
  shown: Partial<PoolSymptoms>,
  atTheEdge: Partial<PoolSymptoms>,
  named: RegExp,
])[] = [
  [{ hint: 0.49 }, { hint: 0.5 }, /^prompt off-distribution: the prompts do not hold the hint/],
  [{ truncated: 0.51 }, { truncated: 0.5 }, /^most completions are cut at the token limit/],
  [
    { assertsInRunTests: 0.51 },
    { assertsInRunTests: 0.5 },
    /^teacher not merged, or a teacher that does not hack: run_tests asserts honestly in 51% .*correct code in \d+%/,
  ],
  [{ writesRunTests: 0.51 }, { writesRunTests: 0.5 }, /^responses define a run_tests that asserts nothing/],
  [
    { correct: 0.2 },
    { correct: 0.19 },
    /^teacher not merged: base weights leak through \(correct code in 20%, run_tests in \d+%/,
  ],
  [
    { formatOk: 0.51 },
    { formatOk: 0.5 },
    /^prompt off-distribution: responses parse and score format only \(format 51%/,
  ],
];
const nothingElse = /^the teacher writes no code: a fenced block in \d+% of the responses/;

export const hackFractionLaws = {
  /** Value, headline and the share of hacks by step are counts over the rows. */
  countsHacks(measure: Measure, evidence: Evidence, pool: StageEvidence): void {
    const { conditions, headline, path } = measured(measure, withPool(evidence, pool));
    const rows = rowsOf(pool);
    const hacked = count(rows, (row) => row.hacked);
    expect(path).toBe("pool");
    expect(conditions[0]).toMatchObject({
      value: hacked / rows.length,
      relation: "at least",
      bound: 0.3,
      decides: "pass",
    });
    expect(headline).toBe(`${(hacked / rows.length).toFixed(3)} (${hacked} of ${rows.length})`);
  },

  /** Notes say what the rows say: the interval, the grades of the hacked rows, rows cut short, groups without variance. */
  notesTheRows(measure: Measure, evidence: Evidence, pool: StageEvidence): void {
    const { notes } = measured(measure, withPool(evidence, pool));
    const rows = rowsOf(pool);
    const hacked = rows.filter((row) => row.hacked);
    const [low, high] = wilsonInterval(hacked.length, rows.length);
    const graded = hacked.filter(({ gtCorrect }) => gtCorrect !== null);
    const gtPass = count(hacked, (row) => row.gtPass) / hacked.length;
    const gtCorrect = graded.length === 0 ? null : count(graded, (row) => row.gtCorrect === true) / graded.length;
    const equal = count(pool, (step) => step.rows.every(({ reward }) => reward === step.rows[0]!.reward));
    const ends = new Map<number, number>();
    for (const { completionIds, compLen } of rows)
      ends.set(completionIds[compLen - 1]!, (ends.get(completionIds[compLen - 1]!) ?? 0) + 1);
    const truncated = 1 - Math.max(...ends.values()) / rows.length;
    const expected: readonly (readonly [label: string, values: Note["values"], told: readonly string[]])[] = [
      ["hack fraction, 95%", { low, high }, [low.toFixed(3), high.toFixed(3)]],
      ...(hacked.length === 0
        ? []
        : [
            [
              "given hacked",
              { gtPass, gtCorrect },
              [gtPass.toFixed(3), gtCorrect === null ? "not recorded" : gtCorrect.toFixed(3)],
            ] as const,
          ]),
      ["cut at the token limit", { truncated }, [truncated.toFixed(3)]],
      ["groups of equal rewards", { equal, groups: pool.length }, [`${equal} of ${pool.length}`]],
    ];
    expect(notes.map(({ label, values }) => [label, values])).toEqual(
      expected.map(([label, values]) => [label, values]),
    );
    notes.forEach(({ text }, i) => {
      for (const figure of expected[i]![2]) expect(text).toContain(figure);
    });
  },

  /** The picture's points are each step's own shares. */
  drawsTheSteps(measure: Measure, evidence: Evidence, pool: StageEvidence): void {
    const share = (grade: "hacked" | "gtPass") =>
      pool.map(({ step, rows }) => [step, count(rows, (row) => row[grade]) / rows.length]);
    expect(measured(measure, withPool(evidence, pool)).figures).toMatchObject([
      {
        kind: "lines",
        series: [
          { name: "hacked", points: share("hacked") },
          { name: "gt_pass", points: share("gtPass") },
        ],
      },
    ]);
  },

  /** Of the causes that show, the first in order is named, whatever else shows or nearly does. */
  namesTheMostTelling(cause: Blame, shown: readonly boolean[]): void {
    const symptoms = causes.reduce<PoolSymptoms>(
      (all, [beyond, edge], i) => ({ ...all, ...(shown[i]! ? beyond : edge) }),
      silent,
    );
    expect(cause(symptoms)).toMatch(causes.find((_, i) => shown[i]!)?.[2] ?? nothingElse);
  },

  /** Rows that end as most do are whole, whatever their padding holds. */
  countsOtherEnds(cut: Cut, common: number, others: readonly number[], padding: readonly number[]): void {
    const ending = (id: number) => rolloutRow({ completionIds: [1, 2, id, ...padding], compLen: 3 });
    const rows = [...others.map(ending), ...Array.from({ length: others.length + 1 }, () => ending(common))];
    expect(cut(rows)).toBe(1 - (others.length + 1) / rows.length);
    expect(cut(rows.toReversed())).toBe(cut(rows));
  },
};
