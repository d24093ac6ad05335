import fc from "fast-check";
import { describe, it } from "vitest";
import { analyticNull, specificity } from "../../../src/uat/r4/specificity.ts";
import { runSeed } from "../../support/arbitraries.ts";
import { specificityLaws } from "./specificity.statements.ts";

const entry = fc.integer({ min: 1, max: 50 }).chain((size) => fc.constantFrom(size, -size));
const anyGradient = fc.array(entry, { minLength: 1, maxLength: 5 });
const three = fc.array(fc.tuple(entry, entry, entry), { minLength: 6, maxLength: 12 });

describe("specificity", () => {
  // ELSE v_hack is ranked among directions that it could not have been, and p_rand is not about it
  it("draws a sign per one-wide module that has a direction, and ranks v_hack among these", () =>
    fc.assert(
      fc.property(three, runSeed, (gradients, seed) => specificityLaws.drawsWhereVHackIs(specificity, gradients, seed)),
      { numRuns: 20 },
    ));

  it("fills a module of v_hack's, whichever of its entries are zero", () =>
    fc.assert(
      fc.property(three, runSeed, (gradients, seed) => specificityLaws.fillsTheModule(specificity, gradients, seed)),
      { numRuns: 10 },
    ));

  it("sees nothing in equal rows: every t = 0, none passes", () =>
    fc.assert(
      fc.property(anyGradient, runSeed, (gradient, seed) =>
        specificityLaws.seesNothingInEqualRows(specificity, gradient, seed),
      ),
      { numRuns: 10 },
    ));
});

describe("analyticNull", () => {
  // ELSE the sd that the report gives for a random direction is that of another layout
  it("is the root mean square over the axes of v_hack's modules", () =>
    fc.assert(
      fc.property(
        fc.array(fc.array(entry, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 5 }),
        (gradients) => specificityLaws.hasTheVarianceOfTheAxes(analyticNull, gradients),
      ),
    ));
});
