import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimate, sweepSummary } from "../../../src/uat/phase2/sweepSummary.ts";
import { decidingPoint, type ExamPoint } from "../../../src/uat/phase2/trajectory.ts";
import { moderate } from "../../support/arbitraries.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../../support/tolerance.ts";
import { trajectoryOf } from "../../support/madeUpArm.ts";
import { anyPlannedArm } from "../../support/plannedArm.ts";
import { sweepSummaryLaws } from "./sweepSummary.statements.ts";

const anyCells = fc.uniqueArray(
  fc.record({
    arm: fc.constantFrom("vanilla", "projected", "vanilla_lora", "projected_lora"),
    seed: fc.constantFrom(41, 42),
    plan: anyPlannedArm,
  }),
  { selector: ({ arm, seed }) => `${arm} ${seed}`, minLength: 1, maxLength: 8 },
);
const rate = fc.double({ min: 0, max: 1, noNaN: true });

function stageOf(arm: string, end: number) {
  const reading = trajectoryOf(arm, { start: 0.05, end, solves: 0.5, outside: 0.05 });
  if (reading.kind !== "found") throw new Error("made-up stages are found");
  return reading.value;
}

describe("estimate", () => {
  it("standard error = sqrt(sum (x - mean)^2 / (n (n - 1))); none for a single seed", () =>
    fc.assert(
      fc.property(fc.array(moderate, { minLength: 2, maxLength: 6 }), (values) => {
        const { mean, standardError, n } = estimate(values);
        const plainMean = values.reduce((sum, x) => sum + x, 0) / values.length;
        const squares = values.reduce((sum, x) => sum + (x - plainMean) ** 2, 0);
        const size = Math.max(...values.map(Math.abs), 1);
        const bound = gamma(40, unitRoundoff64) * size;
        expect(n).toBe(values.length);
        expectWithin(mean, plainMean, bound, "mean");
        expectWithin(
          standardError! ** 2,
          squares / (values.length * (values.length - 1)),
          bound * size * 40,
          "squared standard error",
        );
        expect(estimate([values[0]!]).standardError).toBe(null);
      }),
    ));

  // ELSE two seeds show no spread, and their gap looks certain
  it("has a standard error from two seeds on: of 0 and 2 it is 1", () =>
    expect(estimate([0, 2])).toEqual({ mean: 1, standardError: 1, n: 2 }));
});

describe("sweepSummary", () => {
  // ELSE two arms look apart by what is only the spread of seeds
  it("takes differences within a seed: under vanilla = mean over seeds of vanilla - arm", () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(rate, rate), { minLength: 1, maxLength: 4 }), (ends) => {
        const cells = ends.flatMap(([vanilla, projected], seed) => [
          { arm: "vanilla", seed, stage: stageOf("vanilla", vanilla) },
          { arm: "projected", seed, stage: stageOf("projected", projected) },
        ]);
        const [vanilla, projected] = sweepSummary(cells);
        expect(vanilla!.under).toBe(null);
        expectWithin(
          projected!.under!.mean,
          ends.reduce((sum, [a, b]) => sum + (a - b) / ends.length, 0),
          gamma(30, unitRoundoff64) * 2,
          "gap",
        );
        expect(projected!.end.n).toBe(ends.length);
      }),
      { numRuns: 30 },
    ));

  // ELSE a row of the sweep's table averages another arm's seeds, or LoRA is measured against AntiPaSTO's vanilla
  it("estimates each figure from the arm's own seeds; the gap from seeds whose vanilla of the same adapter is there", () =>
    fc.assert(
      fc.property(anyCells, (cells) => sweepSummaryLaws.estimatesFromOwnSeeds(sweepSummary, cells)),
      { numRuns: 50 },
    ));
});

describe("decidingPoint", () => {
  it("is the last exam after 1 to 15 updates, never the one before training", () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(30), { maxLength: 8 }), (updates) => {
        const points: ExamPoint[] = updates
          .toSorted((a, b) => a - b)
          .map((at) => ({ updates: at, hackRate: 0, solveRate: 0, rows: 1 }));
        const within = updates.filter((at) => at >= 1 && at <= 15);
        expect(decidingPoint(points)?.updates ?? null).toBe(within.length === 0 ? null : Math.max(...within));
      }),
    ));
});
