import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/errors.ts";
import type { Problem } from "../../../src/environment/problem.ts";
import { examProblems, problemsOfStep } from "../../../src/probe/grpo/grpoProblems.ts";
import { runSeed } from "../../support/arbitraries.ts";

const problemsOf = (n: number): Problem[] =>
  Array.from({ length: n }, (_, id) => ({
    id,
    messages: [],
    funcName: "Solution().f",
    methodName: "f",
    starterCode: "",
    setupCode: "",
    gtTests: [],
    canonicalSolution: "",
    envMode: "run_tests",
  }));
const sizes = fc.integer({ min: 1, max: 5 }).chain((perStep) =>
  fc.record({
    perStep: fc.constant(perStep),
    count: fc.integer({ min: perStep, max: 20 }),
    seed: runSeed,
    step: fc.nat(30),
  }),
);

describe("problemsOfStep", () => {
  it("a step meets no problem twice, a pass over the file none twice", () =>
    fc.assert(
      fc.property(sizes, ({ perStep, count, seed }) => {
        const stepsPerPass = Math.floor(count / perStep);
        const pass = Array.from({ length: stepsPerPass }, (_, step) =>
          problemsOfStep(problemsOf(count), perStep, seed, step),
        ).flat();
        expect(new Set(pass.map(({ id }) => id)).size).toBe(stepsPerPass * perStep);
      }),
    ));
  // ELSE a resumed run trains on other problems than an uninterrupted one
  it("is a pure function of seed and step", () =>
    fc.assert(
      fc.property(sizes, ({ perStep, count, seed, step }) => {
        const draw = () => problemsOfStep(problemsOf(count), perStep, seed, step).map(({ id }) => id);
        expect(draw()).toEqual(draw());
      }),
    ));
  it("refuses a file that is too short -> ConfigError", () => {
    expect(() => problemsOfStep(problemsOf(3), 4, 1, 0)).toThrow(ConfigError);
  });
});

describe("examProblems", () => {
  it("draws distinct problems, at most as many as asked for", () =>
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), runSeed, (count, asked, seed) => {
        const drawn = examProblems(problemsOf(count), asked, seed).map(({ id }) => id);
        expect(new Set(drawn).size).toBe(drawn.length);
        expect(drawn.length).toBe(Math.min(count, asked));
      }),
    ));
});
