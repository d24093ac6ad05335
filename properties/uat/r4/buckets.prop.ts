import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atEqualLength, lengthRegressedTest, overProblems, withinProblems } from "../../../src/uat/r4/buckets.ts";
import { runSeed } from "../../support/arbitraries.ts";
import { bucketLaws, leaningOnLength, type Told } from "./buckets.statements.ts";

const told: fc.Arbitrary<Told> = fc.record({
  gtPass: fc.boolean(),
  problem: fc.nat(2),
  cosine: fc.integer({ min: -4, max: 4 }),
});
const few = fc.array(told, { minLength: 1, maxLength: 6 });

describe("lengthRegressedTest", () => {
  // ELSE the line "completion length regressed out" repeats the first one, and a length signal looks confirmed
  it("is Welch's test on what the line in length leaves", () =>
    fc.assert(
      fc.property(runSeed, (seed) => bucketLaws.regressesLengthOut(lengthRegressedTest, leaningOnLength(seed))),
    ));

  // ELSE a pool of one hacked row ends the report with an exception
  it("counts the buckets where there are too few rows", () =>
    fc.assert(
      fc.property(fc.nat(3), fc.nat(1), (many, one) => bucketLaws.countsWhatIsTooFew(lengthRegressedTest, many, one)),
    ));
});

describe("atEqualLength", () => {
  // ELSE the line that decides about a length signal is a test of something else
  it("is the t of the partial correlation of cosine and bucket, given length", () =>
    fc.assert(fc.property(runSeed, (seed) => bucketLaws.comparesAtEqualLength(atEqualLength, leaningOnLength(seed)))));
});

describe("withinProblems", () => {
  // ELSE easy problems, on which bodies are right and prompts alike, pass for the direction
  it("permutes within problems: p = share of relabellings with as large a sum of pure cosines", () =>
    fc.assert(
      fc.property(few, runSeed, (rows, seed) => bucketLaws.permutesWithinProblems(withinProblems, rows, seed)),
      { numRuns: 20 },
    ));
});

describe("overProblems", () => {
  // ELSE rows of one problem count as independent, and the interval is too narrow
  it("resamples problems whole: of two, the interval spans twice the one, both, twice the other", () =>
    fc.assert(
      fc.property(few, few, runSeed, (first, second, seed) =>
        bucketLaws.resamplesProblems(overProblems, first, second, seed),
      ),
      { numRuns: 20 },
    ));

  it("has no interval where there are no rows", () => expect(overProblems([], 1)).toBe(null));
});
