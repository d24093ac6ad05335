import fc from "fast-check";
import { expect } from "vitest";
import { mean } from "../../../src/numeric/moments.ts";
import { estimate, sweepSummary } from "../../../src/uat/phase2/sweepSummary.ts";
import { anyExponent, inUnit, moderate } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { trajectoryOf } from "../../support/madeUpArm.ts";
import { anyPlannedArm, endsOf, measuredIn, type PlannedArm, stageOf, toothArm } from "../../support/plannedArm.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../../support/tolerance.ts";

/** A cell as it was meant. */
interface Cell {
  readonly arm: string;
  readonly seed: number;
  readonly plan: PlannedArm;
}

const anyCells = fc.uniqueArray(
  fc.record<Cell>({
    arm: fc.constantFrom("vanilla", "projected", "vanilla_lora", "projected_lora"),
    seed: fc.constantFrom(41, 42),
    plan: anyPlannedArm,
  }),
  { selector: ({ arm, seed }) => `${arm} ${seed}`, minLength: 1, maxLength: 8 },
);

const rate = fc.double({ min: 0, max: 1, noNaN: true });

function stageEndingAt(arm: string, end: number) {
  const reading = trajectoryOf(arm, { start: 0.05, end, solves: 0.5, outside: 0.05 });
  if (reading.kind !== "found") throw new Error("made-up stages are found");
  return reading.value;
}

const vanillaOf = (arm: string) => (arm.includes("lora") ? "vanilla_lora" : "vanilla");
const arms = ["vanilla", "projected", "vanilla_lora", "projected_lora"];

const cells = [41, 42].flatMap((seed) =>
  arms.map((arm, i) => ({ arm, seed, plan: toothArm(i * i + (seed === 41 ? 0 : 7 - i)) })),
);

lawsOf("estimate", estimate, (law) => {
  law("follows the unit, bit for bit: estimate(2^k x) = 2^k estimate(x), for k of -900 to 900", {
    for: [fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 6 }), anyExponent],
    holds: (over, values, k) => {
      const [plain, scaled] = [over(values), over(inUnit(values, k))];
      expect([scaled.mean, scaled.standardError]).toEqual(inUnit([plain.mean, plain.standardError!], k));
    },
    rejects: {
      "squares that underflow": [
        (values) => ({ ...estimate(values), standardError: Math.sqrt(estimate(values).standardError! ** 2) }),
        [1, 2, 4],
        -600,
      ],
    },
  });

  law("standard error = sqrt(sum (x - mean)^2 / (n (n - 1))); none for a single seed", {
    for: [fc.array(moderate, { minLength: 2, maxLength: 6 })],
    holds: (over, values) => {
      const { mean, standardError, n } = over(values);
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
      expect(over([values[0]!]).standardError).toBe(null);
    },
    rejects: {
      "the deviation for its error": [
        (values) => {
          const found = estimate(values);
          return { ...found, standardError: found.standardError! * Math.sqrt(values.length) };
        },
        [1, 3],
      ],
      "the divisor n": [
        (values) => {
          const found = estimate(values);
          return { ...found, standardError: found.standardError! * Math.sqrt(1 - 1 / values.length) };
        },
        [1, 3],
      ],
    },
  });

  law("has a standard error from two seeds on: of 0 and 2 it is 1", {
    else: "two seeds show no spread, and their gap looks certain",
    for: [],
    holds: (over) => expect(over([0, 2])).toEqual({ mean: 1, standardError: 1, n: 2 }),
    rejects: {
      "from three seeds on": [
        (values) => (values.length < 3 ? { ...estimate(values), standardError: null } : estimate(values)),
      ],
    },
  });
});

lawsOf("sweepSummary", sweepSummary, (law) => {
  law("takes differences within a seed: under vanilla = mean over seeds of vanilla - arm", {
    else: "two arms look apart by what is only the spread of seeds",
    for: [fc.array(fc.tuple(rate, rate), { minLength: 1, maxLength: 4 })],
    holds: (summary, ends) => {
      const cells = ends.flatMap(([vanilla, projected], seed) => [
        { arm: "vanilla", vanilla: "vanilla", seed, stage: stageEndingAt("vanilla", vanilla) },
        { arm: "projected", vanilla: "vanilla", seed, stage: stageEndingAt("projected", projected) },
      ]);
      const [vanilla, projected] = summary(cells);
      expect(vanilla!.under).toBe(null);
      expectWithin(
        projected!.under!.mean,
        ends.reduce((sum, [a, b]) => sum + (a - b) / ends.length, 0),
        gamma(30, unitRoundoff64) * 2,
        "gap",
      );
      expect(projected!.end.n).toBe(ends.length);
    },
    numRuns: 30,
    rejects: {
      "of one seed": [
        (all) => sweepSummary(all.slice(0, 2)),
        [
          [0.5, 0.25],
          [0.75, 0],
        ],
      ],
      "the arm minus vanilla": [
        (all) =>
          sweepSummary(all).map((row) => ({ ...row, under: row.under && { ...row.under, mean: -row.under.mean } })),
        [[0.5, 0.25]],
      ],
    },
  });

  law("estimates each figure from the arm's own seeds; the gap from seeds whose vanilla of the same adapter is there", {
    else: "a row of the sweep's table averages another arm's seeds, or LoRA is measured against AntiPaSTO's vanilla",
    for: [anyCells],
    holds: (summary, cells) => {
      const rows = summary(
        cells.map(({ arm, seed, plan }) => ({ arm, vanilla: vanillaOf(arm), seed, stage: stageOf(plan) })),
      );
      const firstSeen = cells.map(({ arm }) => arm).filter((arm, i, all) => all.indexOf(arm) === i);
      expect(rows.map(({ arm }) => arm)).toEqual(firstSeen);
      for (const row of rows) {
        const own = cells.filter(({ arm }) => arm === row.arm);
        const over = (of: (plan: PlannedArm) => number) => estimate(own.map(({ plan }) => of(plan)));
        const end = (plan: PlannedArm) => endsOf(plan, "train").end;
        const vanillas = cells.filter(({ arm }) => arm === vanillaOf(row.arm));
        const gaps = own.flatMap(({ seed, plan }) =>
          vanillas.filter((vanilla) => vanilla.seed === seed).map((vanilla) => end(vanilla.plan) - end(plan)),
        );
        expect(row).toEqual({
          arm: row.arm,
          start: over((plan) => endsOf(plan, "train").start),
          end: over(end),
          heldoutEnd: over((plan) => endsOf(plan, "heldout").end),
          rise: over((plan) => end(plan) - endsOf(plan, "train").start),
          under: gaps.length === 0 || row.arm.startsWith("vanilla") ? null : estimate(gaps),
          solveEnd: over((plan) => endsOf(plan, "train").solveEnd),
          cosUpdate: over((plan) => mean(measuredIn(plan, "cos_update"))),
          teacherOutside: over((plan) => Math.max(...measuredIn(plan, "teacher_outside_fraction"))),
        });
      }
    },
    numRuns: 50,
    rejects: {
      "one seed for all": [(all) => sweepSummary(all.filter(({ seed }) => seed === 41)), cells],
      "gaps to another seed's vanilla": [
        (all) =>
          sweepSummary(all.map((cell) => ({ ...cell, seed: cell.arm === "vanilla" ? 83 - cell.seed : cell.seed }))),
        cells,
      ],
      "LoRA's gap to AntiPaSTO's vanilla": [
        (all) => {
          const renamed = all
            .filter(({ arm }) => arm !== "projected")
            .map((cell) => (cell.arm === "projected_lora" ? { ...cell, arm: "projected", vanilla: "vanilla" } : cell));
          const { under } = sweepSummary(renamed).find(({ arm }) => arm === "projected")!;
          return sweepSummary(all).map((row) => (row.arm === "projected_lora" ? { ...row, under } : row));
        },
        cells,
      ],
    },
  });
});
