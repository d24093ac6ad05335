import { describe, expect, it } from "vitest";
import { gradientLeak } from "../../src/uat/gradientLeak.ts";
import { leakLaws, leaks } from "./gradientLeak.laws.ts";

describe("gradientLeak", () => {
  for (const [name, spoil] of Object.entries(leaks))
    // ELSE a row's cosine is partly its neighbour's, and R4 compares mixtures
    it(`catches a gradient that holds ${name}`, () => {
      for (let seed = 1; seed <= 3; seed++) leakLaws.catches(gradientLeak, spoil, seed);
    });

  it("accepts samples that share a problem: false alarms at most 1 in 1000", () =>
    leakLaws.acceptsSharedProblem(gradientLeak, Array.from({ length: 12 }, (_, seed) => seed)));

  it("accepts equal gradients of equal completions, at seed 4", () => leakLaws.acceptsEqualCompletions(gradientLeak, 4));

  it("leaks caught rejects: a test of copies alone, a test of order alone; no false alarm rejects: a test that is always alarmed", () => {
    const copiesOnly: typeof gradientLeak = (...given) => gradientLeak(...given).slice(0, 1);
    const orderOnly: typeof gradientLeak = (...given) => gradientLeak(...given).slice(1);
    const alwaysAlarmed: typeof gradientLeak = (...given) => gradientLeak(...given).map((one) => ({ ...one, value: one.relation === "at most" ? 1 : 0 }));
    expect(() => leakLaws.catches(copiesOnly, leaks["half of the next sample"]!, 1)).toThrow(/false/);
    expect(() => leakLaws.catches(orderOnly, leaks["the whole batch"]!, 1)).toThrow(/false/);
    expect(() => leakLaws.acceptsSharedProblem(alwaysAlarmed, [1, 2, 3])).toThrow(/3/);
  });
});
