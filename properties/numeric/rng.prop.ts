import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRng } from "../../src/numeric/rng.ts";
import { nonFinite, runSeed } from "../support/arbitraries.ts";
import { expectWithin, hoeffding } from "../support/tolerance.ts";
import { rngLaws } from "./rng.statements.ts";

const streamName = fc.oneof(fc.string({ maxLength: 6 }), fc.integer());
const stream = fc.array(streamName, { maxLength: 3 });

describe("seededRng", () => {
  // ELSE a rerun with the same seed samples another pool
  it("is reproducible: rng(seed, stream) = rng(seed, stream)", () => {
    fc.assert(fc.property(runSeed, stream, (seed, names) => rngLaws.isReproducible(seededRng, seed, names)));
  });

  // ELSE what one rollout draws depends on which others share its batch
  it("is independent of other streams: drawing elsewhere changes nothing", () => {
    fc.assert(fc.property(runSeed, stream, (seed, names) => rngLaws.isIndependent(seededRng, seed, names)));
  });

  // ELSE two rollouts of a group are copies of each other
  it('separates streams: a != b -> different draws, 1 and "1" included', () => {
    fc.assert(
      fc.property(runSeed, stream, stream, (seed, a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        rngLaws.separates(seededRng, seed, a, b);
      }),
    );
    fc.assert(fc.property(runSeed, (seed) => rngLaws.separates(seededRng, seed, [1], ["1"])));
  });

  it("separates seeds: a != b -> different draws", () => {
    fc.assert(
      fc.property(runSeed, runSeed, (a, b) => {
        fc.pre(a !== b);
        expect(seededRng(a, "x").uniform()).not.toBe(seededRng(b, "x").uniform());
      }),
    );
  });

  it("bounds uniform: 0 <= u < 1", () => {
    fc.assert(fc.property(runSeed, (seed) => rngLaws.boundsUniform(seededRng, seed)));
  });

  it("is uniform over streams: |mean of first draws - 1/2| <= Hoeffding(n, 1e-9)", () => {
    const n = 4000;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += seededRng(7, "row", i).uniform();
    expectWithin(sum / n, 0.5, hoeffding(n, 5e-10), "mean of the first draw of 4000 streams");
  });

  it("has standard normal draws: P(z <= 0) = 1/2, P(|z| <= 1) = 0.6827, within Hoeffding(n, 1e-9)", () => {
    const n = 4000;
    const rng = seededRng(7, "normal");
    const draws = Array.from({ length: n }, () => rng.normal());
    expectWithin(draws.filter((z) => z <= 0).length / n, 0.5, hoeffding(n, 5e-10), "P(z <= 0)");
    expectWithin(draws.filter((z) => Math.abs(z) <= 1).length / n, 0.682689, hoeffding(n, 5e-10), "P(|z| <= 1)");
  });

  it("reaches every integer and no other: integer(n) in 0 .. n-1, each n-th of the time", () => {
    fc.assert(
      fc.property(runSeed, fc.integer({ min: 1, max: 5 }), (seed, n) => rngLaws.integersCover(seededRng, seed, n)),
    );
  });

  it("rejects a seed or a name that is no number: NaN, Infinity, 0.5 -> ConfigError", () => {
    expect(() => seededRng(0.5)).toThrow(/integer seed, got 0.5/);
    fc.assert(
      fc.property(nonFinite, (bad) => {
        expect(() => seededRng(1, bad)).toThrow(/finite stream names/);
      }),
    );
    expect(() => seededRng(1).integer(0)).toThrow(/integer n in 1/);
  });
});
