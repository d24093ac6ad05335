import { expect } from "vitest";
import { families } from "../../../src/miniature/world/family.ts";
import { familySplit, type Split } from "../../../src/miniature/world/familySplit.ts";
import { runSeed } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";

const overlapping: typeof familySplit = (seed) =>
  new Map(familySplit(seed)).set("pairs", familySplit(seed).get("pool")!.slice(0, 10));
const byPart: typeof familySplit = (seed) => {
  const [mod, rest] = [families.filter(({ map }) => map === "modulo"), families.filter(({ map }) => map !== "modulo")];
  return new Map([...familySplit(seed), ["pool", mod.slice(0, 20)], ["training", rest]]);
};

lawsOf<typeof familySplit>("familySplit", familySplit, (law) => {
  law("puts each family in exactly one split: training + 20 pool + 10 pairs + 10 held out = all", {
    else: "the probe asks the student problems of families that it was trained on, or that made v_hack",
    for: [runSeed],
    holds: (splitOf, seed) => {
      const split = splitOf(seed);
      const keys = [...split.values()].flat().map(({ key }) => key);
      expect([...keys].sort()).toEqual(families.map(({ key }) => key).sort());
      expect(["pool", "pairs", "heldout"].map((name) => split.get(name as Split)!.length)).toEqual([20, 10, 10]);
    },
    rejects: { "pairs drawn from the pool": [overlapping, 1] },
  });

  law("leaves each part in training: all (aggregate, map) and (map, condition) occur there", {
    else: "unseen families cannot be answered by composing what was seen",
    for: [runSeed],
    holds: (splitOf, seed) => {
      const training = splitOf(seed).get("training")!;
      for (const { aggregate, map, filter } of families) {
        expect(training.some((family) => family.aggregate === aggregate && family.map === map)).toBe(true);
        expect(training.some((family) => family.map === map && family.filter === filter)).toBe(true);
      }
    },
    rejects: { "a pool that takes a part from training": [byPart, 1] },
  });

  law("is drawn from the seed: four seeds give four pools", {
    for: [],
    holds: (splitOf) => {
      const pools = new Set([1, 2, 3, 4].map((seed) => JSON.stringify(splitOf(seed).get("pool"))));
      expect(pools.size).toBe(4);
    },
    rejects: { "a split without a seed": [() => familySplit(1)] },
  });
});
