import { expect } from "vitest";
import { families, type Family } from "../../../src/miniature/world/family.ts";
import type { Split } from "../../../src/miniature/world/familySplit.ts";

type FamilySplit = (seed: number) => ReadonlyMap<Split, readonly Family[]>;

/** Laws of the division of families among training, pool, pairs and held-out problems. */
export const familySplitLaws = {
  isPartition(familySplit: FamilySplit, seed: number): void {
    const split = familySplit(seed);
    const keys = [...split.values()].flat().map(({ key }) => key);
    expect([...keys].sort()).toEqual(families.map(({ key }) => key).sort());
    expect(["pool", "pairs", "heldout"].map((name) => split.get(name as Split)!.length)).toEqual([20, 10, 10]);
  },

  leavesEveryPartInTraining(familySplit: FamilySplit, seed: number): void {
    const training = familySplit(seed).get("training")!;
    for (const { aggregate, map, filter } of families) {
      expect(training.some((family) => family.aggregate === aggregate && family.map === map)).toBe(true);
      expect(training.some((family) => family.map === map && family.filter === filter)).toBe(true);
    }
  },

  dependsOnTheSeed(familySplit: FamilySplit): void {
    const pools = new Set([1, 2, 3, 4].map((seed) => JSON.stringify(familySplit(seed).get("pool"))));
    expect(pools.size).toBe(4);
  },
};
