import { expect } from "vitest";
import type { medianNorms, normStability, stepRatios } from "../../../src/uat/r2/gradientNorms.ts";
import { plainMedian } from "../../reference/median.ts";
import { madeUpStage } from "../../support/madeUpStage.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../../support/tolerance.ts";

export type Medians = typeof medianNorms;
export type Ratios = typeof stepRatios;
export type Stability = typeof normStability;

/** Norms of each step's rows; null where a row has none. */
export type Norms = readonly (readonly (number | null)[])[];

const stageOf = (norms: Norms) =>
  madeUpStage(norms.map((step) => ({ rows: step.map((gradNormContrib) => ({ gradNormContrib })) })));
const present = (step: readonly (number | null)[]) => step.filter((norm) => norm !== null);

/** By how much the median norm rises or falls from each step with gradients to the next such step. */
export function plainRatios(norms: Norms): number[] {
  const ratios: number[] = [];
  let before = 0;
  for (const now of norms
    .map(present)
    .filter((step) => step.length > 0)
    .map(plainMedian)) {
    if (now === 0) continue;
    if (before !== 0) ratios.push(now > before ? now / before : before / now);
    before = now;
  }
  return ratios;
}

export const gradientNormsLaws = {
  takesMedians(medians: Medians, norms: Norms): void {
    expect(medians(stageOf(norms))).toEqual(
      norms.flatMap((step, at) => (present(step).length === 0 ? [] : [[at, plainMedian(present(step))]])),
    );
  },

  comparesNeighbours(ratios: Ratios, norms: Norms): void {
    expect(ratios(stageOf(norms))).toEqual(plainRatios(norms));
  },

  /** One jump is a surprising token; jumps in most steps are a mask. */
  judgesTheTypicalJump(stability: Stability, norms: Norms): void {
    const expected = plainRatios(norms);
    const typical = expected.length === 0 ? 1 : plainMedian(expected);
    const condition = stability(stageOf(norms));
    expect(condition).toMatchObject({ relation: "at most", bound: 3, decides: "pass" });
    expectWithin(condition.value, typical, gamma(5, unitRoundoff64) * 2 * typical, "typical ratio");
  },
};
