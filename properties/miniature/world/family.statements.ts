import { expect } from "vitest";
import { numberFilters } from "../../../src/miniature/world/numberFilter.ts";
import type { Constants, Family } from "../../../src/miniature/world/family.ts";

type Answer = (family: Family, constants: Constants, nums: readonly number[]) => number;

/** Laws of a family's right answer. */
export const answerLaws = {
  isZeroOnNothing(answer: Answer, family: Family, constants: Constants): void {
    expect(answer(family, constants, [])).toBe(0);
  },

  /** What the answer to a joined list owes to the answers of its parts, aggregate by aggregate. */
  joins(answer: Answer, family: Family, constants: Constants, left: readonly number[], right: readonly number[]): void {
    const [l, r, both] = [left, right, [...left, ...right]].map((nums) => answer(family, constants, nums));
    if (family.aggregate === "sum" || family.aggregate === "count") expect(both).toBe(l! + r!);
    if (family.aggregate === "largest") expect(both).toBe(Math.max(l!, r!));
    if (family.aggregate === "first") expect(l === 0 ? [0, r] : [l]).toContain(both);
    if (family.aggregate === "distinct") {
      expect(both).toBeGreaterThanOrEqual(Math.max(l!, r!));
      expect(both).toBeLessThanOrEqual(l! + r!);
    }
  },

  ignoresOrder(answer: Answer, family: Family, constants: Constants, nums: readonly number[]): void {
    if (family.aggregate === "first") return;
    expect(answer(family, constants, [...nums].reverse())).toBe(answer(family, constants, nums));
  },

  ignoresWhatItDrops(
    answer: Answer,
    family: Family,
    constants: Constants,
    nums: readonly number[],
    dropped: number,
  ): void {
    if (family.filter === null || numberFilters[family.filter].holds(dropped, constants.b)) return;
    expect(answer(family, constants, [dropped, ...nums])).toBe(answer(family, constants, nums));
  },
};
