import fc from "fast-check";
import { describe, it } from "vitest";
import { medianNorms, normStability, stepRatios } from "../../../src/uat/r2/gradientNorms.ts";
import { gradientNormsLaws, type Norms } from "./gradientNorms.statements.ts";

const norms: fc.Arbitrary<Norms> = fc.array(fc.array(fc.constantFrom(null, 0, 0.5, 1, 2, 3, 20), { maxLength: 3 }), {
  minLength: 1,
  maxLength: 6,
});

describe("medianNorms", () => {
  it("takes medians: [step, median |g|] of every step with gradients", () =>
    fc.assert(fc.property(norms, (steps) => gradientNormsLaws.takesMedians(medianNorms, steps))));
});

describe("stepRatios", () => {
  it("compares neighbours: max / min of consecutive medians, over steps of zero gradients", () =>
    fc.assert(fc.property(norms, (steps) => gradientNormsLaws.comparesNeighbours(stepRatios, steps))));
});

describe("normStability", () => {
  // ELSE a mask that counts pads passes, or one surprising token fails a sound run
  it("judges the typical jump: median of the ratios, 1 where there is none", () =>
    fc.assert(fc.property(norms, (steps) => gradientNormsLaws.judgesTheTypicalJump(normStability, steps))));
});
