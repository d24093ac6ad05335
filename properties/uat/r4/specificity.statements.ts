import { expect } from "vitest";
import type { SampleGradients } from "../../../src/uat/evidence/sampleGradients.ts";
import type { RowCosine } from "../../../src/uat/common/scoredRows.ts";
import type { Specificity } from "../../../src/uat/r4/specificity.ts";
import { bucketsOf, plainMean, plainWelch } from "../../reference/plainTests.ts";
import { expectWithin, gamma, isNear, norm, unitRoundoff64 } from "../../support/tolerance.ts";
import { scored } from "./buckets.statements.ts";

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
export const rowsOf = (gradients: readonly (readonly number[])[]): RowCosine[] =>
  gradients.map((g, i) => scored({ gtPass: i % 2 === 1, unit: Float64Array.from(g, (value) => value / norm(g)) }));

/** Laws of ranking among random directions, for the real one and for its mutants. */
export const specificityLaws = {
  /**
   * In modules of one number a random unit vector is a sign. So with v_hack in the first and the last of three modules there are four
   * directions, whose t and difference can be written down: each draw is one of them, and the shares and ranks follow.
   */
  drawsWhereVHackIs(rank: Rank, gradients: readonly (readonly [number, number, number])[], seed: number): void {
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

  /** A random direction fills a module of v_hack's, whichever of its entries are zero there: no two draws are one. */
  fillsTheModule(rank: Rank, gradients: readonly (readonly number[])[], seed: number): void {
    const { difference } = rank(
      rowsOf(gradients),
      Float64Array.of(0, 1, 0),
      layout([3]),
      { t: 1, difference: 1 },
      seed,
    );
    expect(new Set(difference).size).toBe(difference.length);
  },

  /** Where all gradients are one, no direction tells anything: t 0 in all draws, and none passes. */
  seesNothingInEqualRows(rank: Rank, gradient: readonly number[], seed: number): void {
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

  /** In either module the square of a unit gradient's cosine, averaged over the axes, is its variance over random directions. */
  hasTheVarianceOfTheAxes(sd: NullSd, gradients: readonly (readonly number[])[]): void {
    const rows = rowsOf(gradients); // of three modules: [2], [3] without a direction, [1]
    const variances = rows.map(({ unit }) => plainMean([...unit!.subarray(0, 2)].map((x) => x ** 2)) + unit![5]! ** 2);
    const plain = Math.sqrt(plainMean(variances));
    // squares, sums over 6 numbers and over the rows, a quotient each, a root: all of positive numbers
    expectWithin(
      sd(rows, Float64Array.of(0, 1, 0, 0, 0, -1), Int32Array.of(2, 3, 1)),
      plain,
      2 * gamma(12 + rows.length, unitRoundoff64) * plain,
      "sd",
    );
  },
};
