import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gradientLeak } from "../../../src/uat/r2/gradientLeak.ts";
import { type Batches, leakLaws, leaks } from "./gradientLeak.statements.ts";

const batches: fc.Arbitrary<Batches> = fc.array(
  fc.array(
    fc.record({
      axis: fc.option(fc.nat({ max: 2 })),
      length: fc.constantFrom(0.5, 1, 3),
      completion: fc.nat({ max: 2 }),
    }),
    { maxLength: 5 },
  ),
  { maxLength: 3 },
);

describe("gradientLeak", () => {
  for (const [name, spoil] of Object.entries(leaks))
    // ELSE a row's cosine is partly its neighbour's, and R4 compares mixtures
    it(`catches a gradient that holds ${name}`, () => {
      for (let seed = 1; seed <= 3; seed++) leakLaws.catches(gradientLeak, spoil, seed);
    });

  it("accepts samples that share a problem: false alarms at most 1 in 1000", () =>
    leakLaws.acceptsSharedProblem(
      gradientLeak,
      Array.from({ length: 12 }, (_, seed) => seed),
    ));

  it("accepts equal gradients of equal completions, at seed 4", () =>
    leakLaws.acceptsEqualCompletions(gradientLeak, 4));

  // ELSE whole-batch gradients pass, or equal completions fail
  it("counts copies: pairs of one step, one direction and two completions", () =>
    fc.assert(
      fc.property(batches, (drawn) => leakLaws.countsCopies(gradientLeak, drawn)),
      { numRuns: 30 },
    ));

  // ELSE a replay whose order says nothing fails, or a zero gradient stops the report
  it("is sure of nothing where all orders are alike: p = 1", () =>
    fc.assert(
      fc.property(batches, (drawn) => leakLaws.isSureOfNothing(gradientLeak, drawn)),
      { numRuns: 20 },
    ));

  it("leaks caught rejects: a test of copies alone, a test of order alone; no false alarm rejects: a test that is always alarmed", () => {
    const copiesOnly: typeof gradientLeak = (...given) => gradientLeak(...given).slice(0, 1);
    const orderOnly: typeof gradientLeak = (...given) => gradientLeak(...given).slice(1);
    const alwaysAlarmed: typeof gradientLeak = (...given) =>
      gradientLeak(...given).map((one) => ({ ...one, value: one.relation === "at most" ? 1 : 0 }));
    expect(() => leakLaws.catches(copiesOnly, leaks["half of the next sample"]!, 1)).toThrow(/false/);
    expect(() => leakLaws.catches(orderOnly, leaks["the whole batch"]!, 1)).toThrow(/false/);
    expect(() => leakLaws.acceptsSharedProblem(alwaysAlarmed, [1, 2, 3])).toThrow(/3/);
  });
});
