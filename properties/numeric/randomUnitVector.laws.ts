import fc from "fast-check";
import { expect } from "vitest";
import { randomUnitVector } from "../../src/numeric/randomUnitVector.ts";
import { type Rng, seededRng } from "../../src/numeric/rng.ts";
import { runSeed } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, hoeffding, norm, unitRoundoff64 } from "../support/tolerance.ts";

const trials = 3000;

function normalisedCube(r: number, rng: Rng): Float64Array {
  const cube = Float64Array.from({ length: r }, () => 2 * rng.uniform() - 1);
  const length = Math.hypot(...cube);
  return cube.map((x) => x / length);
}

lawsOf("randomUnitVector", randomUnitVector, (law) => {
  law("has length one: |v| = 1", {
    for: [fc.integer({ min: 1, max: 40 }), runSeed],
    holds: (direction, r, seed) =>
      expectWithin(norm(direction(r, seededRng(seed))), 1, gamma(4 * r + 8, unitRoundoff64), "length"),
    rejects: {
      "a direction that is not normalised": [(r, rng) => randomUnitVector(r, rng).map((x) => 2 * x), 3, 1],
    },
  });

  law("is uniform on the circle: no angle is favoured, within Hoeffding", {
    else: 'the null that v_hack is ranked against is not "any direction"',
    for: [],
    holds: (direction) => {
      const rng = seededRng(3, "circle");
      const sixteenths = Array.from({ length: 16 }, () => 0);
      for (let i = 0; i < trials; i++) {
        const [x, y] = direction(2, rng);
        sixteenths[Math.floor(((Math.atan2(y!, x!) + Math.PI) / (2 * Math.PI)) * 16) % 16]! += 1 / trials;
      }
      const total = (shares: readonly number[]) => shares.reduce((sum, share) => sum + share, 0);
      // a normalised cube favours the diagonals: sixteenths beside a multiple of 90 degrees against the others
      const nearAxis = total(sixteenths.filter((_, i) => [0, 3, 4, 7, 8, 11, 12, 15].includes(i)));
      const right = total(sixteenths.slice(4, 12));
      expect(Math.abs(nearAxis - 0.5), `share near an axis ${nearAxis}`).toBeLessThanOrEqual(hoeffding(trials, 1e-7));
      expect(Math.abs(right - 0.5), `share with x > 0 ${right}`).toBeLessThanOrEqual(hoeffding(trials, 1e-7));
    },
    rejects: {
      "a normalised cube": [normalisedCube],
      "uniform draws of one sign": [(r, rng) => randomUnitVector(r, rng).map(Math.abs)],
    },
  });
});
