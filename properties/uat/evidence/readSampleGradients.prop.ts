import fc from "fast-check";
import { describe, it } from "vitest";
import { readSampleGradients } from "../../../src/uat/evidence/readSampleGradients.ts";
import { readSampleGradientsLaws, type Stored } from "./readSampleGradients.statements.ts";

const stored: fc.Arbitrary<Stored> = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
  .chain((widths) => {
    const R = widths.reduce((sum, width) => sum + width, 0);
    const step = fc.record({
      rows: fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: R, maxLength: R }), {
        minLength: 1,
        maxLength: 3,
      }),
      scored: fc.constantFrom("no", "tokens", "places"),
    });
    return fc.record({
      widths: fc.constant(widths),
      padding: fc.nat({ max: 2 }),
      steps: fc.array(step, { minLength: 1, maxLength: 3 }),
    });
  });

describe("readSampleGradients", () => {
  // ELSE R4's cosines mix modules, or take padding for gradient
  it("round-trips: rows as the replay had them, without padding, and what was scored where the file says so", () =>
    fc.assert(
      fc.asyncProperty(stored, (drawn) => readSampleGradientsLaws.roundTrips(readSampleGradients, drawn)),
      { numRuns: 30 },
    ));

  // ELSE gradients of other rows, or of a broken backward pass, are judged
  it("refuses foreign files and names what is wrong: shape, widths, tokens, NaN, names", () =>
    readSampleGradientsLaws.refusesForeignFiles(readSampleGradients));

  it("refuses steps of two models: other names or widths than the first step's", () =>
    readSampleGradientsLaws.refusesTwoModels(readSampleGradients));

  // ELSE a half-stored replay counts as one that stored nothing
  it("tells missing from broken: no file -> missing, a file too few -> unusable", () =>
    readSampleGradientsLaws.tellsMissingFromBroken(readSampleGradients));
});
