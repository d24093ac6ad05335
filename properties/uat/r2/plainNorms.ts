import { expect } from "vitest";
import type { Condition } from "../../../src/uat/common/measurement.ts";
import { plainMedian } from "../../reference/plainTests.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../../support/tolerance.ts";

/** Norms of each step's rows; null where a row has none. */
export type Norms = readonly (readonly (number | null)[])[];

const present = (step: readonly (number | null)[]) => step.filter((norm) => norm !== null);

/** [step, median |g|] of every step with gradients. */
export const plainMedians = (norms: Norms): [step: number, median: number][] =>
  norms.flatMap((step, at): [number, number][] =>
    present(step).length === 0 ? [] : [[at, plainMedian(present(step))]],
  );

/** By how much the median norm rises or falls from each step with gradients to the next such step. */
export function plainRatios(norms: Norms): number[] {
  const ratios: number[] = [];
  let before = 0;
  for (const [, now] of plainMedians(norms)) {
    if (now === 0) continue;
    if (before !== 0) ratios.push(now > before ? now / before : before / now);
    before = now;
  }
  return ratios;
}

/** The condition is about the median ratio: one jump is a surprising token; jumps in most steps are a mask. */
export function expectTypicalJump(condition: Condition, norms: Norms): void {
  const ratios = plainRatios(norms);
  const typical = ratios.length === 0 ? 1 : plainMedian(ratios);
  expect(condition).toMatchObject({ relation: "at most", bound: 3, decides: "pass" });
  expectWithin(condition.value, typical, gamma(5, unitRoundoff64) * 2 * typical, "typical ratio");
}
