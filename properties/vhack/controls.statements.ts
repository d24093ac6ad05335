import { expect } from "vitest";
import { seededRng, type Rng } from "../../src/numeric/rng.ts";
import type { Differences } from "../../src/vhack/differences.ts";
import type { HackDirections } from "../../src/vhack/vHackFile.ts";
import { expectWithin, gamma, hoeffding, norm, unitRoundoff64 } from "../support/tolerance.ts";
import { isZero, rowOf } from "./directions.ts";

type Modules = ReadonlyMap<string, HackDirections>;
type RandomDirections = (like: Modules, rng: Rng) => Map<string, HackDirections>;
type ShuffledLabels = (differences: Differences, rng: Rng) => Differences;

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, j) => sum + value * b[j]!, 0);

/** Laws of the negative controls, for the real ones and for their mutants. */
export const controlLaws = {
  sameShape(random: RandomDirections, like: Modules, seed: number): void {
    const made = random(like, seededRng(seed, "random v"));
    expect([...made.keys()]).toEqual([...like.keys()]);
    for (const [name, directions] of made) {
      const original = like.get(name)!;
      expect([directions.k, directions.r]).toEqual([original.k, original.r]);
      for (const i of original.s.keys()) expect(isZero(rowOf(directions, i))).toBe(isZero(rowOf(original, i)));
    }
  },

  isOrthonormal(random: RandomDirections, like: Modules, seed: number): void {
    for (const directions of random(like, seededRng(seed, "random v")).values()) {
      const rows = [...directions.s.keys()].map((i) => rowOf(directions, i)).filter((row) => !isZero(row));
      rows.forEach((row, i) => {
        expectWithin(norm(row), 1, gamma(4 * row.length + 16, unitRoundoff64), "length");
        for (let l = 0; l < i; l++)
          expectWithin(dot(row, rows[l]!), 0, gamma(8 * row.length + 32, unitRoundoff64), "overlap");
      });
    }
  },

  isReproducible(random: RandomDirections, like: Modules, seed: number): void {
    expect([...random(like, seededRng(seed, "v"))]).toEqual([...random(like, seededRng(seed, "v"))]);
  },

  /** No direction is preferred: over many draws the first row is as often toward as away from any axis, and has no larger entry there. */
  isUniform(random: RandomDirections, like: Modules): void {
    const draws = 2000;
    const failure = 1e-9; // share of runs in which a right implementation would fail, per axis
    const rng = seededRng(7, "uniform on the sphere");
    const sums = new Map(
      [...like].map(([name, { r }]) => [name, { toward: new Float64Array(r), squares: new Float64Array(r) }]),
    );
    for (let n = 0; n < draws; n++)
      for (const [name, directions] of random(like, rng)) {
        const { toward, squares } = sums.get(name)!;
        rowOf(directions, 0).forEach((value, j) => {
          toward[j]! += Number(value > 0) / draws;
          squares[j]! += value ** 2 / draws;
        });
      }
    for (const { toward, squares } of sums.values())
      toward.forEach((share, j) => {
        expectWithin(share, 0.5, hoeffding(draws, failure), `share toward axis ${j}`);
        expectWithin(squares[j]!, 1 / toward.length, hoeffding(draws, failure), `mean square along axis ${j}`);
      });
  },

  flipsHalf(shuffle: ShuffledLabels, differences: Differences, seed: number): void {
    const { nPairs, data } = differences;
    const before = data.slice();
    const shuffled = shuffle(differences, seededRng(seed, "labels"));
    expect(data).toEqual(before);
    const size = data.length / nPairs;
    let flipped = 0;
    for (let i = 0; i < nPairs; i++) {
      const [own, other] = [data.subarray(i * size, (i + 1) * size), shuffled.data.subarray(i * size, (i + 1) * size)];
      const signs = new Set(
        Array.from(own, (value, j) => (value === 0 ? 0 : other[j]! / value)).filter((sign) => sign !== 0),
      );
      expect(
        [...signs].every((sign) => Math.abs(sign) === 1) && signs.size <= 1,
        `pair ${i} keeps or loses its label as a whole`,
      ).toBe(true);
      flipped += Number(signs.has(-1));
    }
    const silent = Array.from({ length: nPairs }, (_, i) => data.subarray(i * size, (i + 1) * size)).filter((own) =>
      own.every((x) => x === 0),
    ).length;
    const half = Math.floor(nPairs / 2);
    expect(flipped).toBeLessThanOrEqual(half);
    expect(flipped).toBeGreaterThanOrEqual(half - silent);
  },

  choosesBySeed(shuffle: ShuffledLabels, differences: Differences): void {
    const first = (seed: number) => shuffle(differences, seededRng(seed, "labels")).data;
    expect(first(3)).toEqual(first(3));
    const outcomes = new Set(Array.from({ length: 40 }, (_, seed) => [...first(seed)].join()));
    expect(outcomes.size).toBeGreaterThan(1);
  },
};
