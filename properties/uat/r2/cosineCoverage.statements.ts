import { expect } from "vitest";
import type { cosineCoverage } from "../../../src/uat/r2/cosineCoverage.ts";
import type { Evidence } from "../../../src/uat/evidence/evidence.ts";
import { manifest } from "../../support/evidence.ts";
import { evidenceOf, madeUpStage } from "../../support/madeUpStage.ts";
import { measured } from "../../support/measured.ts";
import { gradientNormsLaws, type Norms, plainRatios } from "./gradientNorms.statements.ts";

export type Coverage = typeof cosineCoverage;

export interface ReplayedRow {
  readonly problem: number;
  readonly reward: number;
  readonly cosine: number | null;
  readonly norm: number | null;
}

export type Replayed = readonly (readonly ReplayedRow[])[];

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

/** A step of three rows: the first two of one gradient, and of one completion or not; each completion with its own padding. */
function threeRows(twins: boolean, deviation: number | null): Evidence {
  const rows = [
    [11, 9, 0],
    [twins ? 11 : 12, 9, 0, 0],
    [13, 9],
  ].map((completionIds) => ({ completionIds, compLen: 2 }));
  const measurements: Record<string, number> = deviation === null ? {} : { alone_deviation: deviation };
  const stage = madeUpStage([{ rows, manifest: manifest("replay", { measurements }) }]);
  const bySteps = new Map([[0, [Float32Array.of(1, 0), Float32Array.of(1, 0), Float32Array.of(0, 1)]]]);
  const gradients = { moduleNames: ["m"], widths: Int32Array.of(2), bySteps, scoredBySteps: new Map() };
  return { ...evidenceOf({ vanilla: stage }), gradients: { kind: "found", path: "vanilla", value: gradients } };
}

export const coverageLaws = {
  countsFiniteCosines(coverage: Coverage, replayed: Replayed): void {
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

  /** What more than half of the rows without a cosine have in common. */
  namesTheirPattern(coverage: Coverage, replayed: Replayed): void {
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

  showsNorms(coverage: Coverage, norms: Norms): void {
    const stage = stageOf(norms.map((rows) => rows.map((norm) => ({ problem: 1, reward: 1, cosine: 0, norm }))));
    const { figures, notes, conditions } = measured(coverage, evidenceOf({ vanilla: stage }));
    const largest = Math.max(1, ...plainRatios(norms));
    expect(notes).toContainEqual({
      label: "gradient norms, largest ratio of steps",
      text: largest.toFixed(2),
      values: { largest },
    });
    expect(figures).toMatchObject([{ kind: "lines", xLabel: "step", yLabel: "|g|", series: [{ name: "median |g|" }] }]);
    const [figure] = figures;
    if (figure?.kind === "lines") gradientNormsLaws.takesMedians(() => [...figure.series[0]!.points], norms);
    gradientNormsLaws.judgesTheTypicalJump(() => conditions[1]!, norms);
  },

  /** The exact check decides where the steps hold it, the test of order where they do not; without gradients the report says so. */
  saysHowLeaksWereSought(coverage: Coverage): void {
    const tested = measured(coverage, threeRows(false, null));
    const checked = measured(coverage, threeRows(false, 0));
    const neither = measured(coverage, {
      ...threeRows(false, null),
      gradients: { kind: "missing", path: "nowhere", command: "" },
    });
    const [byOrder, byItself, unsought] = [names(tested), names(checked), names(neither)];
    expect([byOrder, byItself].map((found) => found.filter((name) => [copies, order, alone].includes(name)))).toEqual([
      [copies, order],
      [alone, copies],
    ]);
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

  /** One gradient for two rows is a leak where their completions differ, padding aside. */
  comparesCompletions(coverage: Coverage): void {
    const found = [true, false].map(
      (twins) => measured(coverage, threeRows(twins, null)).conditions.find(({ name }) => name === copies)?.value,
    );
    expect(found).toEqual([0, 1]);
  },

  /** The engine's own word on what it scored is read, and a pool is compared with where there is one. */
  checksWhatIsThere(coverage: Coverage): void {
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
};
