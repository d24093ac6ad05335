import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { randomDirections, shuffledLabels } from "../../src/vhack/controls.ts";
import { runSeed } from "../support/arbitraries.ts";
import { controlLaws } from "./controls.statements.ts";
import { anyModules, differencesFrom, toothModules as toothPairs } from "./differences.ts";
import { anyVHackModules, sparseVHackModules, toothModules } from "./directions.ts";

const atLeastTwoPairs = anyModules.map((modules) =>
  differencesFrom(
    modules.map((pairs) => [...pairs, pairs[0]!.map(() => 1)]),
    0,
  ),
);

describe("randomDirections", () => {
  it("has the shape of what it stands for: modules, k, r, zero rows", () =>
    fc.assert(
      fc.property(sparseVHackModules, runSeed, (like, seed) => controlLaws.sameShape(randomDirections, like, seed)),
    ));

  it("is orthonormal: v_i · v_j = 0, |v_i| = 1", () =>
    fc.assert(
      fc.property(sparseVHackModules, runSeed, (like, seed) => controlLaws.isOrthonormal(randomDirections, like, seed)),
    ));

  it("is reproducible: same seed, same directions", () =>
    fc.assert(
      fc.property(anyVHackModules, runSeed, (like, seed) => controlLaws.isReproducible(randomDirections, like, seed)),
    ));

  // ELSE "a random v passes as often" is measured on directions that are not random
  it("is uniform on the sphere: P(v_j > 0) = 1/2, E v_j^2 = 1/r", () =>
    controlLaws.isUniform(randomDirections, toothModules()));
});

describe("shuffledLabels", () => {
  // ELSE the label-shuffled control still knows the labels
  it("flips floor(nPairs / 2) pairs, each as a whole, and leaves its input alone", () =>
    fc.assert(
      fc.property(atLeastTwoPairs, runSeed, (differences, seed) =>
        controlLaws.flipsHalf(shuffledLabels, differences, seed),
      ),
    ));

  it("chooses by the seed: same seed, same pairs; other seeds, other pairs", () =>
    controlLaws.choosesBySeed(shuffledLabels, differencesFrom(toothPairs, 0)));

  it("rejects a single pair -> ConfigError", () => {
    expect(() => shuffledLabels(differencesFrom([[[1, 2]]], 0), seededRng(1))).toThrow(ConfigError);
  });
});
