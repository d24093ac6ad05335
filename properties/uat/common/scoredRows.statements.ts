import { expect } from "vitest";
import type { SampleGradients } from "../../../src/uat/evidence/sampleGradients.ts";
import type { hackedRows, scoredAlong, scoredAsRecorded } from "../../../src/uat/common/scoredRows.ts";
import { madeUpStage } from "../../support/madeUpStage.ts";
import { dotBound, expectWithin, gamma, norm, unitRoundoff64 } from "../../support/tolerance.ts";

export interface ScoredRows {
  readonly hackedRows: typeof hackedRows;
  readonly scoredAlong: typeof scoredAlong;
  readonly scoredAsRecorded: typeof scoredAsRecorded;
}

export const width = 3;

export interface RowOfReplay {
  readonly hacked: boolean;
  readonly gtPass: boolean;
  readonly problem: number;
  readonly recorded: number | null;
  readonly gradient: readonly number[];
}

export type Replay = readonly (readonly RowOfReplay[])[];

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

export const scoredRowsLaws = {
  /** Hacked rows and their gradients' directions: none for a zero gradient, nor where none is stored. */
  takesHackedRows({ hackedRows: hacks }: ScoredRows, replay: Replay, absent: number): void {
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

  /** <g, v> / |g| of the rows that have a direction. */
  scoresGradients(
    { hackedRows: hacks, scoredAlong: along }: ScoredRows,
    replay: Replay,
    direction: readonly number[],
  ): void {
    const expected = hackedOf(replay).filter((row) => !isZero(row));
    const found = along(hacks(stageOf(replay), storedOf(replay, -1)), Float64Array.from(direction));
    expect(found).toMatchObject(expected.map(told));
    expected.forEach(({ gradient }, i) => {
      const cosine = gradient.reduce((sum, entry, j) => sum + entry * direction[j]!, 0) / norm(gradient);
      expectWithin(found[i]!.cosine, cosine, dotBound(3 * width + 12, 1, norm(direction), unitRoundoff64), "cosine");
    });
  },

  /** cos_S_contrib of the rows that have one. */
  readsTheColumn({ hackedRows: hacks, scoredAsRecorded: recordedRows }: ScoredRows, replay: Replay): void {
    const expected = hackedOf(replay).filter(({ recorded }) => recorded !== null && !Number.isNaN(recorded));
    expect(recordedRows(hacks(stageOf(replay), null))).toEqual(
      expected.map((row) => ({ ...told(row), unit: null, cosine: row.recorded })),
    );
  },
};
