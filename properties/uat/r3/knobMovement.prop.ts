import fc from "fast-check";
import { describe, it } from "vitest";
import { cosUpdates, knobMovement } from "../../../src/uat/r3/knobMovement.ts";
import { knobMovementLaws, type Moved } from "./knobMovement.statements.ts";

const sixteenth = fc.integer({ min: -2, max: 2 }).map((numerator) => numerator / 16);
const measurements = fc.option(
  fc.record(
    { displacement_along: sixteenth, displacement_cosine: sixteenth },
    { requiredKeys: [], noNullPrototype: true },
  ),
);
const moved: fc.Arbitrary<Moved[]> = fc.array(
  fc.record({ rows: fc.constantFrom(0, 1, 2), cosUpdate: fc.option(sixteenth), measurements }),
  { minLength: 1, maxLength: 4 },
);

describe("cosUpdates", () => {
  it("leaves silent steps out: [step, cos_update] of every step that recorded one", () =>
    fc.assert(fc.property(moved, (steps) => knobMovementLaws.leavesSilentStepsOut(cosUpdates, steps))));
});

describe("knobMovement", () => {
  // ELSE the report says that the optimizer kept away from v_hack while its moments brought it back
  it("averages the steps: mean cos_update, and a warning where projected has mean > 0", () =>
    fc.assert(fc.property(moved, (steps) => knobMovementLaws.averagesTheSteps(knobMovement, steps))));

  // ELSE the report's displacement is that of a run not yet over
  it("reads the last step: along and cosine as its manifest measured them, or neither", () =>
    fc.assert(fc.property(moved, (steps) => knobMovementLaws.readsTheLastStep(knobMovement, steps))));
});
