import { expect } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { seededRng, type Rng } from "../../src/numeric/rng.ts";
import { randomDirections, shuffledLabels } from "../../src/vhack/controls.ts";
import type { Differences } from "../../src/vhack/differences.ts";
import type { HackDirections } from "../../src/vhack/vHackFile.ts";
import { runSeed } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, hoeffding, norm, unitRoundoff64 } from "../support/tolerance.ts";
import { anyModules, differencesFrom, toothModules as toothPairs } from "./differences.ts";
import { anyVHackModules, changed, isZero, rowOf, sparseVHackModules, toothModules } from "./directions.ts";

type Modules = ReadonlyMap<string, HackDirections>;
type RandomDirections = (like: Modules, rng: Rng) => Map<string, HackDirections>;
type ShuffledLabels = (differences: Differences, rng: Rng) => Differences;

const atLeastTwoPairs = anyModules.map((modules) =>
  differencesFrom(
    modules.map((pairs) => [...pairs, pairs[0]!.map(() => 1)]),
    0,
  ),
);
const toothDifferences = () => differencesFrom(toothPairs, 0);
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, j) => sum + value * b[j]!, 0);

const themselves: RandomDirections = (like) => new Map(like);
const everyRow: RandomDirections = (like, rng) =>
  randomDirections(
    changed(like, ({ v }) => ({ v: v.map(() => 1) })),
    rng,
  );
const unnormalised: RandomDirections = (like, rng) => changed(like, ({ v }) => ({ v: v.map(() => rng.normal()) }));
const byClock: RandomDirections = (like) => changed(like, ({ v }) => ({ v: v.map(() => Math.random()) }));
const positive: RandomDirections = (like, rng) =>
  changed(randomDirections(like, rng), ({ v }) => ({ v: v.map(Math.abs) }));

lawsOf<RandomDirections>("randomDirections", randomDirections, (law) => {
  law("has the shape of what it is compared with: modules, k, r, zero rows", {
    for: [sparseVHackModules, runSeed],
    holds: (random, like, seed) => {
      const made = random(like, seededRng(seed, "random v"));
      expect([...made.keys()]).toEqual([...like.keys()]);
      for (const [name, directions] of made) {
        const original = like.get(name)!;
        expect([directions.k, directions.r]).toEqual([original.k, original.r]);
        for (const i of original.s.keys()) expect(isZero(rowOf(directions, i))).toBe(isZero(rowOf(original, i)));
      }
    },
    rejects: { "zero rows filled": [everyRow, toothModules(), 1] },
  });

  law("is orthonormal: v_i · v_j = 0, |v_i| = 1", {
    for: [sparseVHackModules, runSeed],
    holds: (random, like, seed) => {
      for (const directions of random(like, seededRng(seed, "random v")).values()) {
        const rows = [...directions.s.keys()].map((i) => rowOf(directions, i)).filter((row) => !isZero(row));
        rows.forEach((row, i) => {
          expectWithin(norm(row), 1, gamma(4 * row.length + 16, unitRoundoff64), "length");
          for (let l = 0; l < i; l++)
            expectWithin(dot(row, rows[l]!), 0, gamma(8 * row.length + 32, unitRoundoff64), "overlap");
        });
      }
    },
    rejects: { "unnormalised draws": [unnormalised, toothModules(), 1] },
  });

  law("is reproducible: same seed, same directions", {
    for: [anyVHackModules, runSeed],
    holds: (random, like, seed) =>
      expect([...random(like, seededRng(seed, "v"))]).toEqual([...random(like, seededRng(seed, "v"))]),
    rejects: { "a clock": [byClock, toothModules(), 1] },
  });

  law("is uniform on the sphere: P(v_j > 0) = 1/2, E v_j^2 = 1/r", {
    else: '"a random v passes as often" is measured on directions that are not random',
    for: [],
    holds: (random) => {
      const draws = 2000;
      const failure = 1e-9; // share of runs in which a right implementation would fail, per axis
      const like = toothModules();
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
    rejects: { "the directions themselves": [themselves], "positive orthants": [positive] },
  });
});

const unshuffled: ShuffledLabels = (d) => d;
const turned =
  (isTurned: (i: number) => boolean): ShuffledLabels =>
  (d) => ({ ...d, data: d.data.map((x, i) => (isTurned(i) ? -x : x)) });
const inPlace: ShuffledLabels = (d, rng) => {
  d.data.set(shuffledLabels(d, rng).data);
  return d;
};

lawsOf<ShuffledLabels>("shuffledLabels", shuffledLabels, (law) => {
  law("flips floor(nPairs / 2) pairs, each as a whole, and leaves its input alone", {
    else: "the label-shuffled control still knows the labels",
    for: [atLeastTwoPairs, runSeed],
    holds: (shuffle, differences, seed) => {
      const { nPairs, data } = differences;
      const before = data.slice();
      const shuffled = shuffle(differences, seededRng(seed, "labels"));
      expect(data).toEqual(before);
      const size = data.length / nPairs;
      const pair = (of: Float64Array, i: number) => of.subarray(i * size, (i + 1) * size);
      let flipped = 0;
      let silent = 0;
      for (let i = 0; i < nPairs; i++) {
        const [own, other] = [pair(data, i), pair(shuffled.data, i)];
        const ratios = Array.from(own, (value, j) => (value === 0 ? 0 : other[j]! / value));
        const signs = new Set(ratios.filter((sign) => sign !== 0));
        const isWhole = [...signs].every((sign) => Math.abs(sign) === 1) && signs.size <= 1;
        expect(isWhole, `pair ${i} keeps or loses its label as a whole`).toBe(true);
        flipped += Number(signs.has(-1));
        silent += Number(own.every((x) => x === 0));
      }
      const half = Math.floor(nPairs / 2);
      expect(flipped).toBeLessThanOrEqual(half);
      expect(flipped).toBeGreaterThanOrEqual(half - silent);
    },
    rejects: {
      "labels left": [unshuffled, toothDifferences(), 1],
      "all labels turned": [turned(() => true), toothDifferences(), 1],
      "half of a pair turned": [turned((i) => i % 2 === 0), toothDifferences(), 1],
      "the input changed": [inPlace, toothDifferences(), 1],
    },
  });

  law("chooses by the seed: same seed, same pairs; other seeds, other pairs", {
    for: [],
    holds: (shuffle) => {
      const first = (seed: number) => shuffle(toothDifferences(), seededRng(seed, "labels")).data;
      expect(first(3)).toEqual(first(3));
      const outcomes = new Set(Array.from({ length: 40 }, (_, seed) => [...first(seed)].join()));
      expect(outcomes.size).toBeGreaterThan(1);
    },
    rejects: { "no seed": [unshuffled] },
  });

  law("rejects a single pair -> ConfigError", {
    for: [],
    holds: (shuffle) => expect(() => shuffle(differencesFrom([[[1, 2]]], 0), seededRng(1))).toThrow(ConfigError),
    rejects: { "labels left": [unshuffled] },
  });
});
