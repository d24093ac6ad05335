import fc from "fast-check";
import { describe, it } from "vitest";
import { shuffled } from "../../src/numeric/shuffled.ts";
import { runSeed } from "../support/arbitraries.ts";
import { shuffledLaws } from "./shuffled.statements.ts";

describe("shuffled", () => {
  // ELSE shuffled labels change how many rows are hacked, and the control tests something else
  it("conserves the items: sort(shuffled(x)) = sort(x), and x is left alone", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 20 }), runSeed, (items, seed) =>
        shuffledLaws.isPermutation(shuffled, items, seed),
      ),
    );
  });

  // ELSE the permutation test's null is not the null
  it("reaches every order equally often: 6 orders of 3 items within Hoeffding(n, 1e-9)", () =>
    shuffledLaws.isUniform(shuffled));
});
