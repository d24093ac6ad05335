import { expect } from "vitest";
import { type Rng, seededRng } from "../../src/numeric/rng.ts";
import { hoeffding } from "../support/tolerance.ts";

type Shuffled = <T>(items: readonly T[], rng: Rng) => T[];

const byValue = (a: number, b: number) => a - b;

/** Laws of a shuffle, for the real one and for its mutants. */
export const shuffledLaws = {
  isPermutation(shuffled: Shuffled, items: readonly number[], seed: number): void {
    const before = [...items];
    const result = shuffled(items, seededRng(seed));
    expect(items).toEqual(before);
    expect([...result].sort(byValue)).toEqual([...items].sort(byValue));
  },

  isUniform(shuffled: Shuffled): void {
    const trials = 40_000;
    const counts = new Map<string, number>();
    const rng = seededRng(3, "orders");
    for (let i = 0; i < trials; i++) {
      const order = shuffled([0, 1, 2], rng).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values())
      expect(Math.abs(count / trials - 1 / 6)).toBeLessThanOrEqual(hoeffding(trials, 1e-10));
  },
};
