import fc from "fast-check";
import { describe, it } from "vitest";
import { familySplit } from "../../../src/miniature/world/familySplit.ts";
import { runSeed } from "../../support/arbitraries.ts";
import { familySplitLaws } from "./familySplit.statements.ts";

describe("familySplit", () => {
  // ELSE the probe asks the student problems of families that it was trained on, or that made v_hack
  it("puts each family in exactly one split: training + 20 pool + 10 pairs + 10 held out = all", () =>
    fc.assert(fc.property(runSeed, (seed) => familySplitLaws.isPartition(familySplit, seed))));

  // ELSE unseen families cannot be answered by composing what was seen
  it("leaves each part in training: all (aggregate, map) and (map, condition) occur there", () =>
    fc.assert(fc.property(runSeed, (seed) => familySplitLaws.leavesEveryPartInTraining(familySplit, seed))));

  it("is drawn from the seed: four seeds give four pools", () => familySplitLaws.dependsOnTheSeed(familySplit));
});
