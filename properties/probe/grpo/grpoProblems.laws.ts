import fc from "fast-check";
import { expect } from "vitest";
import type { Problem } from "../../../src/environment/problem.ts";
import { ConfigError } from "../../../src/errors.ts";
import { evaluationProblems, problemsOfStep } from "../../../src/probe/grpo/grpoProblems.ts";
import { runSeed } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";

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

interface Sizes {
  readonly perStep: number;
  readonly count: number;
  readonly seed: number;
  readonly step: number;
}
const anySizes: fc.Arbitrary<Sizes> = fc.integer({ min: 1, max: 5 }).chain((perStep) =>
  fc.record({
    perStep: fc.constant(perStep),
    count: fc.integer({ min: perStep, max: 20 }),
    seed: runSeed,
    step: fc.nat(30),
  }),
);
const tooth: Sizes = { perStep: 2, count: 5, seed: 1, step: 1 };
const idsOf = (problems: readonly Problem[]) => problems.map(({ id }) => id);

lawsOf("problemsOfStep", problemsOfStep, (law) => {
  law("a step meets no problem twice, a pass over the file none twice", {
    for: [anySizes],
    holds: (draw, { perStep, count, seed }) => {
      const steps = Array.from({ length: Math.floor(count / perStep) }, (_, step) => step);
      const pass = steps.flatMap((step) => idsOf(draw(problemsOf(count), perStep, seed, step)));
      expect(new Set(pass).size).toBe(steps.length * perStep);
    },
    rejects: {
      "the same problems in every step": [
        (problems, perStep, seed) => problemsOfStep(problems, perStep, seed, 0),
        tooth,
      ],
      "one problem for the whole step": [
        (problems, perStep, ...at) => problemsOfStep(problems, perStep, ...at).map((_, __, [first]) => first!),
        tooth,
      ],
    },
  });

  law("is a pure function of seed and step", {
    else: "a resumed run trains on other problems than an uninterrupted one",
    for: [anySizes],
    holds: (draw, { perStep, count, seed, step }) => {
      const ids = () => idsOf(draw(problemsOf(count), perStep, seed, step));
      expect(ids()).toEqual(ids());
    },
    rejects: { "a count of its own calls": [drawnInTurn(), tooth] },
  });

  law("refuses a file that is too short -> ConfigError", {
    for: [],
    holds: (draw) => expect(() => draw(problemsOf(3), 4, 1, 0)).toThrow(ConfigError),
    rejects: { "no check": [(problems) => [...problems]] },
  });
});

/** Takes the step from how often it was called, not from what it was given. */
function drawnInTurn(): typeof problemsOfStep {
  let calls = 0;
  return (problems, perStep, seed) => problemsOfStep(problems, perStep, seed, calls++);
}

lawsOf("evaluationProblems", evaluationProblems, (law) => {
  law("draws distinct problems, at most as many as asked for", {
    for: [fc.nat(20), fc.nat(20), runSeed],
    holds: (draw, count, asked, seed) => {
      const drawn = idsOf(draw(problemsOf(count), asked, seed));
      expect(new Set(drawn).size).toBe(drawn.length);
      expect(drawn.length).toBe(Math.min(count, asked));
    },
    rejects: {
      "with replacement": [
        (problems, asked, seed) => evaluationProblems(problems, asked, seed).map((_, __, [first]) => first!),
        5,
        3,
        1,
      ],
      "one too few": [(problems, asked, seed) => evaluationProblems(problems, asked - 1, seed), 5, 3, 1],
    },
  });
});
