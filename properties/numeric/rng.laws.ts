import fc from "fast-check";
import { expect } from "vitest";
import { type Rng, seededRng } from "../../src/numeric/rng.ts";
import { nonFinite, runSeed } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, hoeffding } from "../support/tolerance.ts";

type Name = string | number;
type SeededRng = (seed: number, ...stream: Name[]) => Rng;

const streamName = fc.oneof(fc.string({ maxLength: 6 }), fc.integer());
const stream = fc.array(streamName, { maxLength: 3 });
const twoStreams = fc.tuple(stream, stream).filter(([a, b]) => JSON.stringify(a) !== JSON.stringify(b));

const draws = (rng: Rng) => [rng.uniform(), rng.normal(), rng.integer(1000), rng.uniform()];

const one = seededRng(1);
const oneStream: SeededRng = () => one;
const changed =
  (change: (rng: Rng) => Partial<Rng>): SeededRng =>
  (seed, ...names) => {
    const rng = seededRng(seed, ...names);
    return { ...rng, ...change(rng) };
  };

lawsOf<SeededRng>("seededRng", seededRng, (law) => {
  law("is reproducible: rng(seed, stream) = rng(seed, stream)", {
    else: "a rerun with the same seed samples another pool",
    for: [runSeed, stream],
    holds: (seeded, seed, names) => expect(draws(seeded(seed, ...names))).toEqual(draws(seeded(seed, ...names))),
    rejects: { "a generator without a seed": [changed(() => ({ uniform: Math.random })), 1, []] },
  });

  law("is independent of other streams: drawing elsewhere changes nothing", {
    else: "what one rollout draws depends on which others share its batch",
    for: [runSeed, stream],
    holds: (seeded, seed, names) => {
      const alone = draws(seeded(seed, ...names));
      const other = seeded(seed, ...names, "other");
      const interleaved = seeded(seed, ...names);
      other.uniform();
      expect(draws(interleaved)).toEqual(alone);
    },
    rejects: { "one shared stream": [oneStream, 1, []] },
  });

  law('separates streams: a != b -> different draws, 1 and "1" included', {
    else: "two rollouts of a group are copies of each other",
    for: [runSeed, twoStreams],
    holds: (seeded, seed, [a, b]) => expect(seeded(seed, ...a).uniform()).not.toBe(seeded(seed, ...b).uniform()),
    examples: [[1, [[1], ["1"]]]],
    rejects: {
      "names that are joined as text": [(seed, ...names) => seededRng(seed, names.join("")), 1, [[1], ["1"]]],
    },
  });

  law("separates seeds: a != b -> different draws", {
    for: [fc.tuple(runSeed, runSeed).filter(([a, b]) => a !== b)],
    holds: (seeded, [a, b]) => expect(seeded(a, "x").uniform()).not.toBe(seeded(b, "x").uniform()),
    rejects: { "a stream of the name alone": [(_, ...names) => seededRng(1, ...names), [1, 2]] },
  });

  law("bounds uniform: 0 <= u < 1", {
    for: [runSeed],
    holds: (seeded, seed) => {
      const rng = seeded(seed);
      for (let i = 0; i < 50; i++) {
        const u = rng.uniform();
        expect(u >= 0 && u < 1, `uniform drew ${u}`).toBe(true);
      }
    },
    rejects: { "a closed interval": [changed(() => ({ uniform: () => 1 })), 1] },
  });

  law("is uniform over streams: |mean of first draws - 1/2| <= Hoeffding(n, 1e-9)", {
    for: [],
    holds: (seeded) => {
      const n = 4000;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += seeded(7, "row", i).uniform();
      expectWithin(sum / n, 0.5, hoeffding(n, 5e-10), "mean of the first draw of 4000 streams");
    },
    rejects: { "squares of uniform draws": [changed((rng) => ({ uniform: () => rng.uniform() ** 2 }))] },
  });

  law("has standard normal draws: P(z <= 0) = 1/2, P(|z| <= 1) = 0.6827, within Hoeffding(n, 1e-9)", {
    for: [],
    holds: (seeded) => {
      const n = 4000;
      const rng = seeded(7, "normal");
      const z = Array.from({ length: n }, () => rng.normal());
      expectWithin(z.filter((x) => x <= 0).length / n, 0.5, hoeffding(n, 5e-10), "P(z <= 0)");
      expectWithin(z.filter((x) => Math.abs(x) <= 1).length / n, 0.682689, hoeffding(n, 5e-10), "P(|z| <= 1)");
    },
    rejects: {
      "uniform draws of variance 1": [changed((rng) => ({ normal: () => (rng.uniform() - 0.5) * Math.sqrt(12) }))],
    },
  });

  law("reaches every integer and no other: integer(n) in 0 .. n-1, each n-th of the time", {
    for: [runSeed, fc.integer({ min: 1, max: 5 })],
    holds: (seeded, seed, n) => {
      const rng = seeded(seed, "integers");
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
    rejects: {
      "rounding instead of flooring": [
        changed((rng) => ({ integer: (n) => Math.round(rng.uniform() * (n - 1)) })),
        1,
        5,
      ],
    },
  });

  law("rejects a seed or a name that is no number: NaN, Infinity, 0.5 -> ConfigError", {
    for: [nonFinite],
    holds: (seeded, bad) => {
      expect(() => seeded(0.5)).toThrow(/integer seed, got 0.5/);
      expect(() => seeded(1, bad)).toThrow(/finite stream names/);
      expect(() => seeded(1).integer(0)).toThrow(/integer n in 1/);
    },
    rejects: { "a seed that is rounded": [(seed, ...names) => seededRng(Math.round(seed), ...names), Number.NaN] },
  });
});
