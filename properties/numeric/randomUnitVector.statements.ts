import { expect } from "vitest";
import { type Rng, seededRng } from "../../src/numeric/rng.ts";
import { expectWithin, gamma, hoeffding, norm, unitRoundoff64 } from "../support/tolerance.ts";

type Direction = (r: number, rng: Rng) => Float64Array;

const trials = 3000;

/** Laws of a random direction, for the real one and for its mutants. */
export const directionLaws = {
  hasUnitLength(direction: Direction, r: number, seed: number): void {
    expectWithin(norm(direction(r, seededRng(seed))), 1, gamma(4 * r + 8, unitRoundoff64), "length");
  },

  /** In two dimensions the angle is uniform: every octant holds an eighth. A normalised cube favours the diagonals. */
  isUniformOnCircle(direction: Direction): void {
    const rng = seededRng(3, "circle");
    const octants = Array.from({ length: 16 }, () => 0);
    for (let i = 0; i < trials; i++) {
      const [x, y] = direction(2, rng);
      octants[Math.floor(((Math.atan2(y!, x!) + Math.PI) / (2 * Math.PI)) * 16) % 16]! += 1 / trials;
    }
    // merge to "near an axis" and "near a diagonal": odd and even sixteenths around multiples of 45 degrees
    const nearAxis = octants
      .filter((_, i) => [0, 3, 4, 7, 8, 11, 12, 15].includes(i))
      .reduce((sum, share) => sum + share, 0);
    const right = octants.slice(4, 12).reduce((sum, share) => sum + share, 0);
    expect(Math.abs(nearAxis - 0.5), `share near an axis ${nearAxis}`).toBeLessThanOrEqual(hoeffding(trials, 1e-7));
    expect(Math.abs(right - 0.5), `share with x > 0 ${right}`).toBeLessThanOrEqual(hoeffding(trials, 1e-7));
  },
};
