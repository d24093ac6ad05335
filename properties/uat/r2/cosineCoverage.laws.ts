import fc from "fast-check";
import { expect } from "vitest";
import type { Evidence } from "../../../src/uat/evidence/evidence.ts";
import { cosineCoverage } from "../../../src/uat/r2/cosineCoverage.ts";
import { manifest, withRows, withSteps } from "../../support/evidence.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { evidenceOf, madeUpStage } from "../../support/madeUpStage.ts";
import { measured, measuring } from "../../support/measured.ts";
import { expectTypicalJump, plainMedians, plainRatios } from "./plainNorms.ts";

interface ReplayedRow {
  readonly problem: number;
  readonly reward: number;
  readonly cosine: number | null;
  readonly norm: number | null;
}

type Replayed = readonly (readonly ReplayedRow[])[];

const stageOf = (replayed: Replayed) =>
  madeUpStage(
    replayed.map((rows) => ({
      rows: rows.map(({ problem, reward, cosine, norm }) => ({
        problemId: problem,
        reward,
        cosSContrib: cosine,
        gradNormContrib: norm,
      })),
    })),
  );

const lacks = ({ cosine }: ReplayedRow) => cosine === null || Number.isNaN(cosine);

/** Rows of a step whose problem's rows all have one reward and no cosine. */
const isSkipped = (row: ReplayedRow, rows: readonly ReplayedRow[]) =>
  rows.filter(({ problem }) => problem === row.problem).every((other) => lacks(other) && other.reward === row.reward);

const names = ({ conditions }: ReturnType<typeof measured>) => conditions.map(({ name }) => name);

const [copies, order, alone] = [
  "different completions with one gradient",
  "likeness of batch neighbours, p",
  "a sample's gradient alone against in its batch",
];

/** A step of three rows: the first two of one gradient, and of one completion or not. */
function threeRows(twins: boolean, deviation: number | null): Evidence {
  const rows = [
    [11, 9],
    [twins ? 11 : 12, 9],
    [13, 9],
  ].map((completionIds) => ({ completionIds }));
  const measurements: Record<string, number> = deviation === null ? {} : { alone_deviation: deviation };
  const stage = madeUpStage([{ rows, manifest: manifest("replay", { measurements }) }]);
  const bySteps = new Map([[0, [Float32Array.of(1, 0), Float32Array.of(1, 0), Float32Array.of(0, 1)]]]);
  const gradients = { moduleNames: ["m"], widths: Int32Array.of(2), bySteps, scoredBySteps: new Map() };
  return { ...evidenceOf({ vanilla: stage }), gradients: { kind: "found", path: "vanilla", value: gradients } };
}

const norm = fc.constantFrom(null, 0, 0.5, 1, 2, 20);

const row = fc.record({
  problem: fc.nat({ max: 1 }),
  reward: fc.constantFrom(0.5, 3.5),
  cosine: fc.constantFrom(null, null, Number.NaN, 0, 0.25),
  norm: fc.constantFrom(null, 0, 0, 2),
});

const replayed: fc.Arbitrary<Replayed> = fc
  .array(fc.array(row, { maxLength: 4 }), { minLength: 1, maxLength: 3 })
  .filter((steps) => steps.flat().length > 0);

const twoProblems = [
  { problem: 0, reward: 0.5, cosine: null, norm: 1 },
  { problem: 0, reward: 0.5, cosine: Number.NaN, norm: 1 },
  { problem: 1, reward: 0.5, cosine: 0.25, norm: 2 },
];

const missing = { kind: "missing", path: "nowhere", command: "" } as const;

lawsOf("cosineCoverage", cosineCoverage, (law) => {
  law("counts finite cosines: #{finite cos_S_contrib} / rows", {
    else: "rows that were never measured count as covered",
    for: [replayed],
    holds: (coverage, replayed) => {
      const found = measured(coverage, evidenceOf({ vanilla: stageOf(replayed) }));
      const rows = replayed.flat();
      const finite = rows.filter((row) => !lacks(row)).length;
      expect(found.conditions[0]).toMatchObject({
        value: finite / rows.length,
        relation: "at least",
        bound: 0.9,
        decides: "pass",
      });
      expect(found.headline).toBe(`${(finite / rows.length).toFixed(3)} (${finite} of ${rows.length})`);
    },
    rejects: {
      "NaN taken for a cosine": [
        (evidence) =>
          cosineCoverage(
            withRows(evidence, "vanilla", (row) => ({
              ...row,
              cosSContrib: Number.isNaN(row.cosSContrib) ? 0 : row.cosSContrib,
            })),
          ),
        [twoProblems],
      ],
    },
  });

  law("names their pattern: what more than half of the rows without a cosine share", {
    else: "the researcher seeks a broken backward pass where groups of equal rewards were skipped",
    for: [replayed],
    holds: (coverage, replayed) => {
      const without = replayed.flat().filter(lacks).length;
      const skipped = replayed.flatMap((rows) => rows.filter((row) => isSkipped(row, rows))).length;
      const zero = replayed.flat().filter((row) => lacks(row) && row.norm === 0).length;
      const { cause } = measured(coverage, evidenceOf({ vanilla: stageOf(replayed) })).conditions[0];
      const head = `${without} rows have no cosine`;
      if (skipped * 2 > without)
        expect(cause).toContain(`${head}, ${skipped} of them in groups of equal rewards: zero-advantage skip`);
      else if (zero * 2 > without) expect(cause).toContain(`${head}, ${zero} of them with a gradient of exactly zero`);
      else expect(cause).toContain(`${head}: the backward pass was skipped or gave NaN`);
    },
    rejects: {
      "problems of a step taken for one group": [
        (evidence) => cosineCoverage(withRows(evidence, "vanilla", (row) => ({ ...row, problemId: 0 }))),
        [twoProblems],
      ],
    },
  });

  law("shows norms: the median of each step, the typical and the largest jump", {
    for: [fc.array(fc.array(norm, { maxLength: 3 }), { minLength: 1, maxLength: 5 })],
    holds: (coverage, norms) => {
      const stage = stageOf(norms.map((rows) => rows.map((norm) => ({ problem: 1, reward: 1, cosine: 0, norm }))));
      const { figures, notes, conditions } = measured(coverage, evidenceOf({ vanilla: stage }));
      const largest = Math.max(1, ...plainRatios(norms));
      expect(notes).toContainEqual({
        label: "gradient norms, largest ratio of steps",
        text: largest.toFixed(2),
        values: { largest },
      });
      expect(figures).toMatchObject([
        { kind: "lines", xLabel: "step", yLabel: "|g|", series: [{ name: "median |g|" }] },
      ]);
      const [figure] = figures;
      if (figure?.kind === "lines") expect(figure.series[0]!.points).toEqual(plainMedians(norms));
      expectTypicalJump(conditions[1]!, norms);
    },
    rejects: {
      "one step alone": [
        (evidence) => cosineCoverage(withSteps(evidence, "vanilla", (stage) => stage.slice(0, 1))),
        [[1], [2]],
      ],
      "no figure": [measuring(cosineCoverage, (measured) => ({ ...measured, figures: [] })), [[1], [2]]],
    },
  });

  law("says how leaks were sought: alone, by order, or not at all", {
    else: "a clean report hides that nobody looked for leaks, or a one-in-a-thousand alarm overrules an exact check",
    for: [],
    holds: (coverage) => {
      const tested = measured(coverage, threeRows(false, null));
      const checked = measured(coverage, threeRows(false, 0));
      const neither = measured(coverage, {
        ...threeRows(false, null),
        gradients: { kind: "missing", path: "nowhere", command: "" },
      });
      const [byOrder, byItself, unsought] = [names(tested), names(checked), names(neither)];
      expect([byOrder, byItself].map((found) => found.filter((name) => [copies, order, alone].includes(name)))).toEqual(
        [
          [copies, order],
          [alone, copies],
        ],
      );
      expect(unsought).toEqual(byOrder.filter((name) => ![copies, order].includes(name)));
      const p = tested.conditions.find(({ name }) => name === order)!.value;
      const note = {
        label: "likeness of batch neighbours",
        text: `p ${p.toPrecision(2)} (permutation within steps)`,
        values: { p },
      };
      for (const { notes } of [tested, checked]) expect(notes).toEqual([neither.notes[0], note]);
      expect(neither.notes.slice(1)).toEqual([
        { label: "not checked", text: expect.stringContaining("nowhere"), values: {} },
      ]);
    },
    rejects: {
      "stored gradients unread": [(evidence) => cosineCoverage({ ...evidence, gradients: missing })],
      "the exact check unread": [
        (evidence) =>
          cosineCoverage(withSteps(evidence, "vanilla", (stage) => stage.map((one) => ({ ...one, manifest: null })))),
      ],
      silence: [measuring(cosineCoverage, (measured) => ({ ...measured, notes: measured.notes.slice(0, 1) }))],
    },
  });

  law("compares completions: one gradient in two rows is a leak where their tokens differ", {
    for: [],
    holds: (coverage) => {
      const found = [true, false].map(
        (twins) => measured(coverage, threeRows(twins, null)).conditions.find(({ name }) => name === copies)?.value,
      );
      expect(found).toEqual([0, 1]);
    },
    rejects: {
      "padding compared": [
        (evidence) =>
          cosineCoverage(
            withRows(evidence, "vanilla", (row) => ({ ...row, completionIds: [...row.completionIds, row.sampleId] })),
          ),
      ],
    },
  });

  law("checks what is there: the pool adds its rows, nothing else changes", {
    else: "a replay of a stale pool passes R2",
    for: [],
    holds: (coverage) => {
      const evidence = threeRows(false, null);
      const bare = names(measured(coverage, evidence));
      const pooled = names(measured(coverage, { ...evidence, pool: evidence.vanilla }));
      expect(pooled.toSorted()).toEqual(
        [...bare, "vanilla: rows that the pool does not hold", "vanilla: pool rows not replayed"].toSorted(),
      );
      expect(bare).toEqual(
        expect.arrayContaining([
          "vanilla: repeated rows",
          "artifacts that disagree on model, tokenizer, basis or v_hack",
          "rows whose loss is not their NLL",
        ]),
      );
    },
    rejects: { "the pool unseen": [(evidence) => cosineCoverage({ ...evidence, pool: missing })] },
  });
});
