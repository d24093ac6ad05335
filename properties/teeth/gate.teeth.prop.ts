import { describe, it } from "vitest";
import type { RolloutRow } from "../../src/artifact/rolloutRow.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import type { Evidence, StageEvidence } from "../../src/uat/evidence/evidence.ts";
import type { Measurement } from "../../src/uat/common/measurement.ts";
import { hackFraction } from "../../src/uat/r1/hackFraction.ts";
import { poolCause } from "../../src/uat/r1/hackFraction.ts";
import { truncatedShare } from "../../src/uat/r1/hackFraction.ts";
import { healthyEvidence, leaning, rolloutRow, unitDirection, withRows, withSteps } from "../support/evidence.ts";
import { rejects } from "../support/rejects.ts";
import { hackFractionLaws } from "../uat/r1/hackFraction.statements.ts";

type Measured = Extract<Measurement, { kind: "measured" }>;
/** A criterion with what it measured changed. */
const measuring =
  <Seen>(measure: (seen: Seen) => Measurement, change: (measured: Measured) => Measured) =>
  (seen: Seen) => {
    const measurement = measure(seen);
    return measurement.kind === "measured" ? change(measurement) : measurement;
  };

const direction = unitDirection(seededRng(1, "v"));
const evidence = healthyEvidence(1, direction, leaning(direction, 6));
const poolRow = (hacked: boolean, gtCorrect: boolean | null, reward: number) =>
  rolloutRow({ hacked, gtPass: hacked, gtCorrect, reward });
const groups = [
  [poolRow(true, null, 1), poolRow(true, true, 1)],
  [poolRow(false, true, 1), poolRow(true, false, 2)],
];
const pool: StageEvidence = groups.map((rows, step) => ({ step, path: "", rows, manifest: null }));
/** R1, given other rows than the pool's. */
const poolOf = (change: (row: RolloutRow) => RolloutRow) => (given: Evidence) =>
  hackFraction(withRows(given, "pool", change));

describe("teeth: hackFraction", () => {
  it("counts of hacks rejects: correct rows counted as hacks, the rate of the first step", async () => {
    const correct = poolOf((row) => ({ ...row, hacked: row.gtCorrect === true }));
    const firstStep = (given: Evidence) => hackFraction(withSteps(given, "pool", (steps) => steps.slice(0, 1)));
    for (const wrong of [correct, firstStep]) await rejects(() => hackFractionLaws.countsHacks(wrong, evidence, pool));
  });
  it("notes of the rows rejects: grades of all rows, ungraded rows counted as wrong, notes without figures", async () => {
    const allHack = poolOf((row) => ({ ...row, hacked: true }));
    const graded = poolOf((row) => ({ ...row, gtCorrect: row.gtCorrect ?? false }));
    const bare = measuring(hackFraction, (measured) => ({
      ...measured,
      notes: measured.notes.map((note) => ({ ...note, values: {} })),
    }));
    for (const wrong of [allHack, graded, bare])
      await rejects(() => hackFractionLaws.notesTheRows(wrong, evidence, pool));
  });
  it("the steps' picture rejects: another grade drawn", () =>
    rejects(() =>
      hackFractionLaws.drawsTheSteps(
        poolOf((row) => ({ ...row, hacked: row.gtCorrect === true, gtPass: row.hacked })),
        evidence,
        pool,
      ),
    ));
});

describe("teeth: poolCause", () => {
  it("the most telling rejects: the teacher blamed before the prompt, a bound that counts as beyond", async () => {
    await rejects(() =>
      hackFractionLaws.namesTheMostTelling(
        (symptoms) => poolCause({ ...symptoms, hint: 1 }),
        [true, false, false, false, true, false],
      ),
    );
    const nearly: typeof poolCause = (symptoms) => poolCause({ ...symptoms, truncated: symptoms.truncated + 1e-9 });
    await rejects(() => hackFractionLaws.namesTheMostTelling(nearly, [false, false, false, false, false, false]));
  });
});

describe("teeth: truncatedShare", () => {
  it("other ends rejects: padding read as the end, the first row's end for the commonest", async () => {
    const padded: typeof truncatedShare = (rows) =>
      truncatedShare(rows.map((row) => ({ ...row, compLen: row.completionIds.length })));
    const first: typeof truncatedShare = (rows) =>
      rows.filter(({ completionIds }) => completionIds[2] !== rows[0]!.completionIds[2]).length / rows.length;
    await rejects(() => hackFractionLaws.countsOtherEnds(padded, 3, [10, 11], [5]));
    await rejects(() => hackFractionLaws.countsOtherEnds(first, 3, [10, 11], []));
  });
});
