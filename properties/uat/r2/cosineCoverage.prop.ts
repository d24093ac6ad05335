import fc from "fast-check";
import { describe, it } from "vitest";
import { cosineCoverage } from "../../../src/uat/r2/cosineCoverage.ts";
import { coverageLaws, type Replayed } from "./cosineCoverage.statements.ts";

const norm = fc.constantFrom(null, 0, 0.5, 1, 2, 20);
const row = fc.record({
  problem: fc.nat({ max: 1 }),
  reward: fc.constantFrom(0.5, 3.5),
  cosine: fc.constantFrom(null, null, Number.NaN, 0, 0.25),
  norm: fc.constantFrom(null, 0, 0, 2),
});
const replayed: fc.Arbitrary<Replayed> = fc
  .array(fc.array(row, { maxLength: 4 }), { minLength: 1, maxLength: 3 })
  .filter((steps) => steps.flat().length > 0);

describe("cosineCoverage", () => {
  // ELSE rows that were never measured count as covered
  it("counts finite cosines: #{finite cos_S_contrib} / rows", () =>
    fc.assert(fc.property(replayed, (steps) => coverageLaws.countsFiniteCosines(cosineCoverage, steps))));

  // ELSE the researcher seeks a broken backward pass where groups of equal rewards were skipped
  it("names their pattern: what more than half of the rows without a cosine share", () =>
    fc.assert(fc.property(replayed, (steps) => coverageLaws.namesTheirPattern(cosineCoverage, steps))));

  it("shows norms: the median of each step, the typical and the largest jump", () =>
    fc.assert(
      fc.property(fc.array(fc.array(norm, { maxLength: 3 }), { minLength: 1, maxLength: 5 }), (norms) =>
        coverageLaws.showsNorms(cosineCoverage, norms),
      ),
    ));

  // ELSE a clean report hides that nobody looked for leaks, or a one-in-a-thousand alarm overrules an exact check
  it("says how leaks were sought: alone, by order, or not at all", () =>
    coverageLaws.saysHowLeaksWereSought(cosineCoverage));

  it("compares completions: one gradient in two rows is a leak where their tokens differ, padding aside", () =>
    coverageLaws.comparesCompletions(cosineCoverage));

  // ELSE a replay of a stale pool passes R2
  it("checks what is there: the pool adds its rows, nothing else changes", () =>
    coverageLaws.checksWhatIsThere(cosineCoverage));
});
