import fc from "fast-check";
import { expect } from "vitest";
import type { RolloutRow } from "../../../src/artifact/rolloutRow.ts";
import { hackedRows, scoredAlong, scoredAsRecorded } from "../../../src/uat/common/scoredRows.ts";
import type { StageEvidence } from "../../../src/uat/evidence/evidence.ts";
import type { SampleGradients } from "../../../src/uat/evidence/sampleGradients.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { madeUpStage } from "../../support/madeUpStage.ts";
import { dotBound, expectWithin, gamma, norm, unitRoundoff64 } from "../../support/tolerance.ts";

interface ScoredRows {
  readonly hackedRows: typeof hackedRows;
  readonly scoredAlong: typeof scoredAlong;
  readonly scoredAsRecorded: typeof scoredAsRecorded;
}

const width = 3;

interface RowOfReplay {
  readonly hacked: boolean;
  readonly gtPass: boolean;
  readonly problem: number;
  readonly recorded: number | null;
  readonly gradient: readonly number[];
}

type Replay = readonly (readonly RowOfReplay[])[];

const stageOf = (replay: Replay) =>
  madeUpStage(
    replay.map((rows) => ({
      rows: rows.map(({ hacked, gtPass, problem, recorded }, b) => ({
        hacked,
        gtPass,
        srcProblemId: problem,
        problemId: -1,
        cosSContrib: recorded,
        compLen: b + 1,
      })),
    })),
  );

/** The gradients of all steps but one. */
function storedOf(replay: Replay, absent: number): SampleGradients {
  const gradients = replay.map(
    (rows, step) => [step, rows.map(({ gradient }) => Float32Array.from(gradient))] as const,
  );
  return {
    moduleNames: ["m"],
    widths: Int32Array.of(width),
    scoredBySteps: new Map(),
    bySteps: new Map(gradients.filter(([step]) => step !== absent)),
  };
}

const hackedOf = (replay: Replay) =>
  replay.flatMap((rows, step) => rows.map((row, b) => ({ ...row, step, b })).filter(({ hacked }) => hacked));

const isZero = ({ gradient }: RowOfReplay) => gradient.every((entry) => entry === 0);

const told = ({ gtPass, problem, recorded, b }: RowOfReplay & { readonly b: number }) => ({
  gtPass,
  problem,
  recorded,
  compLen: b + 1,
});

const entries = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: width, maxLength: width });

const row: fc.Arbitrary<RowOfReplay> = fc.record({
  hacked: fc.boolean(),
  gtPass: fc.boolean(),
  problem: fc.nat({ max: 9 }),
  recorded: fc.constantFrom(null, Number.NaN, 0, -0.5, 0.25),
  gradient: fc.oneof(fc.constant([0, 0, 0]), entries),
});

const replay: fc.Arbitrary<Replay> = fc.array(fc.array(row, { maxLength: 4 }), { maxLength: 3 });
const all: ScoredRows = { hackedRows, scoredAlong, scoredAsRecorded };

const rowsOf = (change: (row: RolloutRow) => RolloutRow) => (stage: StageEvidence) =>
  stage.map((step) => ({ ...step, rows: step.rows.map(change) }));

const hack: RowOfReplay = { hacked: true, gtPass: false, problem: 1, recorded: 0.25, gradient: [2, 0, 1] };

lawsOf<ScoredRows>("hackedRows", all, (law) => {
  law("takes hacked rows with g / |g|: null where the gradient is zero or none is stored", {
    else: "R4 compares rows that did not hack, or a row with another row's gradient",
    for: [replay, fc.nat({ max: 3 })],
    holds: ({ hackedRows: hacks }, replay, absent) => {
      const expected = hackedOf(replay);
      const found = hacks(stageOf(replay), storedOf(replay, absent));
      expect(found).toMatchObject(expected.map(told));
      expected.forEach((row, i) => {
        const { unit } = found[i]!;
        if (row.step === absent || isZero(row)) expect(unit).toBe(null);
        else
          row.gradient.forEach((entry, j) =>
            expectWithin(unit![j]!, entry / norm(row.gradient), gamma(width + 6, unitRoundoff64), "unit gradient"),
          );
      });
      expect(hacks(stageOf(replay), null)).toEqual(expected.map((row) => ({ ...told(row), unit: null })));
    },
    rejects: {
      "every row taken": [
        {
          ...all,
          hackedRows: (stage, gradients) => hackedRows(rowsOf((row) => ({ ...row, hacked: true }))(stage), gradients),
        },
        [[hack, { ...hack, hacked: false }]],
        1,
      ],
    },
  });
});

lawsOf<ScoredRows>("scoredAlong", all, (law) => {
  law("scores gradients: cosine = <g, v> / |g|, rows without a direction left out", {
    else: "R4's cosines are not those of the v_hack that is judged",
    for: [replay, entries],
    holds: ({ hackedRows: hacks, scoredAlong: along }, replay, direction) => {
      const expected = hackedOf(replay).filter((row) => !isZero(row));
      const found = along(hacks(stageOf(replay), storedOf(replay, -1)), Float64Array.from(direction));
      expect(found).toMatchObject(expected.map(told));
      expected.forEach(({ gradient }, i) => {
        const cosine = gradient.reduce((sum, entry, j) => sum + entry * direction[j]!, 0) / norm(gradient);
        expectWithin(found[i]!.cosine, cosine, dotBound(3 * width + 12, 1, norm(direction), unitRoundoff64), "cosine");
      });
    },
    rejects: {
      "the length left in": [
        {
          ...all,
          scoredAlong: (rows, direction) =>
            scoredAlong(rows, direction).map((row) => ({ ...row, cosine: row.cosine * 2 })),
        },
        [[hack]],
        [1, 0, 0],
      ],
      "a zero gradient scored": [
        {
          ...all,
          scoredAlong: (rows, direction) =>
            rows.map((row) => scoredAlong([row], direction)[0] ?? { ...row, cosine: 0 }),
        },
        [[{ ...hack, gradient: [0, 0, 0] }]],
        [1, 0, 0],
      ],
    },
  });
});

lawsOf<ScoredRows>("scoredAsRecorded", all, (law) => {
  law("reads the column: cosine = cos_S_contrib, rows without a finite one left out", {
    for: [replay],
    holds: ({ hackedRows: hacks, scoredAsRecorded: recordedRows }, replay) => {
      const expected = hackedOf(replay).filter(({ recorded }) => recorded !== null && !Number.isNaN(recorded));
      expect(recordedRows(hacks(stageOf(replay), null))).toEqual(
        expected.map((row) => ({ ...told(row), unit: null, cosine: row.recorded })),
      );
    },
    rejects: {
      "what is absent taken for zero": [
        {
          ...all,
          scoredAsRecorded: (rows) => rows.map((row) => scoredAsRecorded([row])[0] ?? { ...row, cosine: 0 }),
        },
        [[{ ...hack, recorded: null }]],
      ],
    },
  });
});
