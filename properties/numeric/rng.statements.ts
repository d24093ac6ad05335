import { expect } from "vitest";
import type { Rng } from "../../src/numeric/rng.ts";
import { hoeffding } from "../support/tolerance.ts";

type SeededRng = (seed: number, ...stream: (string | number)[]) => Rng;

const draws = (rng: Rng) => [rng.uniform(), rng.normal(), rng.integer(1000), rng.uniform()];

/** Laws of a seeded random stream, for the real one and for its mutants. */
export const rngLaws = {
  isReproducible(seededRng: SeededRng, seed: number, names: (string | number)[]): void {
    expect(draws(seededRng(seed, ...names))).toEqual(draws(seededRng(seed, ...names)));
  },

  isIndependent(seededRng: SeededRng, seed: number, names: (string | number)[]): void {
    const alone = draws(seededRng(seed, ...names));
    const other = seededRng(seed, ...names, "other");
    const interleaved = seededRng(seed, ...names);
    other.uniform();
    expect(draws(interleaved)).toEqual(alone);
  },

  separates(seededRng: SeededRng, seed: number, a: (string | number)[], b: (string | number)[]): void {
    expect(seededRng(seed, ...a).uniform()).not.toBe(seededRng(seed, ...b).uniform());
  },

  boundsUniform(seededRng: SeededRng, seed: number): void {
    const rng = seededRng(seed);
    for (let i = 0; i < 50; i++) {
      const u = rng.uniform();
      expect(u >= 0 && u < 1, `uniform drew ${u}`).toBe(true);
    }
  },

  integersCover(seededRng: SeededRng, seed: number, n: number): void {
    const rng = seededRng(seed, "integers");
    const trials = 4000;
    const counts = new Map<number, number>();
    for (let i = 0; i < trials; i++) {
      const drawn = rng.integer(n);
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(Array.from({ length: n }, (_, i) => i));
    for (const count of counts.values())
      expect(Math.abs(count / trials - 1 / n)).toBeLessThanOrEqual(hoeffding(trials, 1e-12));
  },
};
