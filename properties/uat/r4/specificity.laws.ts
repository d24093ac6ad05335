import fc from "fast-check";
import { expect } from "vitest";
import type { RowCosine } from "../../../src/uat/common/scoredRows.ts";
import type { SampleGradients } from "../../../src/uat/evidence/sampleGradients.ts";
import { analyticNull, type Specificity, specificity } from "../../../src/uat/r4/specificity.ts";
import { bucketsOf, plainMean, plainWelch } from "../../reference/plainTests.ts";
import { runSeed } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { expectWithin, gamma, isNear, norm, unitRoundoff64 } from "../../support/tolerance.ts";
import { scored } from "./scored.ts";

type NullSd = (rows: readonly RowCosine[], direction: Float64Array, widths: Int32Array) => number;

type Rank = (
  rows: readonly RowCosine[],
  direction: Float64Array,
  gradients: SampleGradients,
  real: { readonly t: number; readonly difference: number },
  seed: number,
) => Specificity;

const layout = (widths: readonly number[]): SampleGradients => ({
  moduleNames: widths.map(String),
  widths: Int32Array.from(widths),
  bySteps: new Map(),
  scoredBySteps: new Map(),
});

/** Rows of these gradients, alternately a pure hack and a correct one. */
const rowsOf = (gradients: readonly (readonly number[])[]): RowCosine[] =>
  gradients.map((g, i) => scored({ gtPass: i % 2 === 1, unit: Float64Array.from(g, (value) => value / norm(g)) }));

const entry = fc.integer({ min: 1, max: 50 }).chain((size) => fc.constantFrom(size, -size));

const anyGradient = fc.array(entry, { minLength: 1, maxLength: 5 });
const three = fc.array(fc.tuple(entry, entry, entry), { minLength: 6, maxLength: 12 });

const sixRows: [number, number, number][] = [
  [3, 1, 2],
  [1, 4, -2],
  [2, -1, 5],
  [-3, 2, 1],
  [4, 1, 1],
  [-1, 2, 2],
];

const lenient: Rank = (...given) => ({ ...specificity(...given), passing: 1 });

const gradients = sixRows.map((g) => [...g, ...g]);

lawsOf<Rank>("specificity", specificity, (law) => {
  // In modules of one number a random unit vector is a sign. So with v_hack in the first and the last of three modules there are four
  // directions, whose t and difference can be written down: each draw is one of them, and the shares and ranks follow.
  law("draws a sign per one-wide module that has a direction, and ranks v_hack among these", {
    else: "v_hack is ranked among directions that it could not have been, and p_rand is not about it",
    for: [three, runSeed],
    holds: (rank, gradients, seed) => {
      const rows = rowsOf(gradients);
      const four = [
        [1, 1],
        [1, -1],
        [-1, 1],
        [-1, -1],
      ].map(([first, last]) => {
        const [pure, correct] = bucketsOf(
          rows,
          rows.map(({ unit }) => first! * unit![0]! + last! * unit![2]!),
        );
        return { ...plainWelch(pure, correct), difference: plainMean(pure) - plainMean(correct) };
      });
      const real = { t: four[0]!.t * 0.75, difference: four[1]!.difference * 0.75 };
      const found = rank(rows, Float64Array.of(1, 0, -1), layout([1, 1, 1]), real, seed);
      const drawn = found.t.map((t, draw) =>
        four.find((one) => isNear(t, one.t) && isNear(found.difference[draw]!, one.difference)),
      );
      expect(
        drawn.filter((one) => one === undefined),
        "draws that are none of the four",
      ).toEqual([]);
      expect(new Set(drawn).size, "each of the four is missed by all draws once in 1e24").toBe(4);
      const share = (holds: (one: (typeof four)[number]) => boolean) => drawn.filter((one) => holds(one!)).length;
      expect(found.passing).toBe(share(({ p }) => p < 0.05) / drawn.length);
      expect(found.pOfT).toBe((1 + share(({ t }) => t >= real.t)) / (1 + drawn.length));
      expect(found.pOfDifference).toBe(
        (1 + share(({ difference }) => difference >= real.difference)) / (1 + drawn.length),
      );
    },
    numRuns: 20,
    rejects: {
      "directions in every module": [
        (rows, direction, ...rest) =>
          specificity(
            rows,
            direction.map(() => 1),
            ...rest,
          ),
        sixRows,
        1,
      ],
      "one unit vector over all": [
        (rows, direction, gradients, ...rest) =>
          specificity(rows, direction, { ...gradients, widths: Int32Array.of(direction.length) }, ...rest),
        sixRows,
        1,
      ],
      "v_hack not counted": [
        (...given) => {
          const found = specificity(...given);
          return { ...found, pOfT: (found.pOfT * (1 + found.t.length) - 1) / found.t.length };
        },
        sixRows,
        1,
      ],
      "all counted as passing": [lenient, sixRows, 1],
    },
  });

  law("fills a module of v_hack's, whichever of its entries are zero", {
    for: [three, runSeed],
    holds: (rank, gradients, seed) => {
      const { difference } = rank(
        rowsOf(gradients),
        Float64Array.of(0, 1, 0),
        layout([3]),
        { t: 1, difference: 1 },
        seed,
      );
      expect(new Set(difference).size).toBe(difference.length);
    },
    numRuns: 10,
    rejects: {
      "v_hack's own entries only": [
        (rows, direction, gradients, ...rest) =>
          specificity(rows, direction, { ...gradients, widths: Int32Array.from(direction, () => 1) }, ...rest),
        sixRows,
        1,
      ],
    },
  });

  law("sees nothing in equal rows: every t = 0, none passes", {
    for: [anyGradient, runSeed],
    holds: (rank, gradient, seed) => {
      const rows = rowsOf([gradient, gradient, gradient, gradient]);
      const found = rank(
        rows,
        Float64Array.from(gradient, () => 1),
        layout([gradient.length]),
        { t: 1, difference: 1 },
        seed,
      );
      expect(found).toMatchObject({
        t: found.t.map(() => 0),
        difference: found.difference.map(() => 0),
        passing: 0,
        pOfT: 1 / (1 + found.t.length),
      });
    },
    numRuns: 10,
    rejects: { "a pass where there is no test": [lenient, [1, 2], 1] },
  });
});

lawsOf<NullSd>("analyticNull", analyticNull, (law) => {
  law("is the root mean square over the axes of v_hack's modules", {
    else: "the sd that the report gives for a random direction is that of another layout",
    for: [fc.array(fc.array(entry, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 5 })],
    holds: (sd, gradients) => {
      const rows = rowsOf(gradients); // of three modules: [2], [3] without a direction, [1]
      const variances = rows.map(
        ({ unit }) => plainMean([...unit!.subarray(0, 2)].map((x) => x ** 2)) + unit![5]! ** 2,
      );
      const plain = Math.sqrt(plainMean(variances));
      // squares, sums over 6 numbers and over the rows, a quotient each, a root: all of positive numbers
      expectWithin(
        sd(rows, Float64Array.of(0, 1, 0, 0, 0, -1), Int32Array.of(2, 3, 1)),
        plain,
        2 * gamma(12 + rows.length, unitRoundoff64) * plain,
        "sd",
      );
    },
    rejects: {
      "all numbers in one module": [
        (rows, direction) => analyticNull(rows, direction, Int32Array.of(direction.length)),
        gradients,
      ],
      "modules without a direction counted": [
        (rows, direction, widths) =>
          analyticNull(
            rows,
            direction.map(() => 1),
            widths,
          ),
        gradients,
      ],
    },
  });
});
