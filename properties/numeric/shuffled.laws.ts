import fc from "fast-check";
import { expect } from "vitest";
import { type Rng, seededRng } from "../../src/numeric/rng.ts";
import { shuffled } from "../../src/numeric/shuffled.ts";
import { runSeed } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { hoeffding } from "../support/tolerance.ts";

type Shuffled = (items: readonly number[], rng: Rng) => number[];

const byValue = (a: number, b: number) => a - b;

const withReplacement: Shuffled = (items, rng) => items.map(() => items[rng.integer(items.length)]!);
const inPlace: Shuffled = (items, rng) => Object.assign(items, shuffled(items, rng)) as number[];
const anyPosition: Shuffled = (items, rng) => {
  const result = [...items];
  for (let i = 0; i < result.length; i++) {
    const j = rng.integer(result.length);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
};
const rotation: Shuffled = (items, rng) => {
  const by = rng.integer(items.length);
  return [...items.slice(by), ...items.slice(0, by)];
};

lawsOf<Shuffled>("shuffled", shuffled, (law) => {
  law("conserves the items: sort(shuffled(x)) = sort(x), and x is left alone", {
    else: "shuffled labels change how many rows are hacked, and the control tests something else",
    for: [fc.array(fc.integer(), { maxLength: 20 }), runSeed],
    holds: (shuffle, items, seed) => {
      const before = [...items];
      const result = shuffle(items, seededRng(seed));
      expect(items).toEqual(before);
      expect([...result].sort(byValue)).toEqual([...items].sort(byValue));
    },
    rejects: {
      "sampling with replacement": [withReplacement, [1, 2, 3, 4, 5, 6], 1],
      "shuffling in place": [inPlace, [1, 2, 3, 4, 5, 6], 1],
    },
  });

  law("reaches every order equally often: 6 orders of 3 items within Hoeffding(n, 1e-9)", {
    else: "the permutation test's null is not the null",
    for: [],
    holds: (shuffle) => {
      const trials = 40_000;
      const counts = new Map<string, number>();
      const rng = seededRng(3, "orders");
      for (let i = 0; i < trials; i++) {
        const order = shuffle([0, 1, 2], rng).join();
        counts.set(order, (counts.get(order) ?? 0) + 1);
      }
      expect(counts.size).toBe(6);
      for (const count of counts.values())
        expect(Math.abs(count / trials - 1 / 6)).toBeLessThanOrEqual(hoeffding(trials, 1e-10));
    },
    rejects: { "swapping with any position": [anyPosition], rotation: [rotation] },
  });
});
