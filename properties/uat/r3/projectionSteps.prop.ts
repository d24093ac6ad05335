import fc from "fast-check";
import { describe, it } from "vitest";
import { projectionSteps } from "../../../src/uat/r3/projectionSteps.ts";
import { removalIsComplete } from "../../../src/uat/r3/projectionSteps.ts";
import { type Drawn, type Meant, projectionStepsLaws, removalLaws } from "./projectionSteps.statements.ts";

/** Few values, so that equal cosines and figures at the bounds are frequent; all exact in binary. */
const figure = fc.constantFrom(null, -0.25, 0, 0.25, 0.5, 0.75);
const step: fc.Arbitrary<Drawn> = fc.record({
  rows: fc.constantFrom(0, 1, 2, 2, 2, 2),
  meanCosPre: figure,
  meanCosPost: figure,
  fracFired: figure,
  cosUpdate: figure,
});
/** Steps of at most three kinds, so that majorities are frequent too. */
const drawn = fc
  .tuple(step, step, step)
  .chain(([a, b, c]) => fc.array(fc.constantFrom(a, a, b, c), { minLength: 1, maxLength: 5 }));
/** One step each of removed, copied and turned. */
const noMajority: Drawn[] = [-0.25, 0, 0.25].map((meanCosPost) => ({
  rows: 1,
  meanCosPre: 0,
  meanCosPost,
  fracFired: 1,
  cosUpdate: 0,
}));
const meant: fc.Arbitrary<Meant> = fc.record({
  gate: fc.constantFrom("one_sided", "one_sided", "one_sided", "reverse"),
  overshoot: fc.constantFrom<unknown[]>(1, 1, 1, 1.5, 0.5, "1", null),
  cosIn: fc.constantFrom(0.5, 1),
  cosOut: fc.constantFrom(-0.1, 5e-5, 0.1, 0.1, 0.3, 0.3, Number.NaN),
});

describe("projectionSteps", () => {
  // ELSE a projection that acts in a few steps passes R3
  it("counts steps: #{cos_out < cos_in} / n and #{frac_fired > 0.5} / n, a step without figures in neither", () =>
    fc.assert(fc.property(drawn, (steps) => projectionStepsLaws.countsSteps(projectionSteps, steps))));

  // ELSE the researcher looks for a wrong sign where the projection never ran
  it("blames the majority: a cause is what more than half of the steps show", () =>
    fc.assert(
      fc.property(drawn, (steps) => projectionStepsLaws.blamesTheMajority(projectionSteps, steps)),
      { examples: [[noMajority]] },
    ));

  // ELSE the report shows other cosines than the rows hold
  it("shows what was recorded: medians over whole steps, and each step's cosines", () =>
    fc.assert(fc.property(drawn, (steps) => projectionStepsLaws.showsWhatWasRecorded(projectionSteps, steps))));

  // ELSE a projected replay of another pool, or one whose optimizer undoes the removal, passes R3
  it("compares with what is there: vanilla adds its motion, the pool its rows, nothing else changes", () =>
    fc.assert(fc.property(drawn, (steps) => projectionStepsLaws.comparesWithWhatIsThere(projectionSteps, steps))));
});

describe("removalIsComplete", () => {
  // ELSE a projection of a part of the modules passes as removal
  it("counts what is left: steps with cos_out > 5e-5 of those with gate one_sided and overshoot >= 1", () =>
    fc.assert(
      fc.property(fc.array(meant, { maxLength: 3 }), (steps) => removalLaws.countsWhatIsLeft(removalIsComplete, steps)),
    ));
});
