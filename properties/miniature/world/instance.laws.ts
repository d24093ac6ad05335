import { expect } from "vitest";
import { answer, subtleAnswer } from "../../../src/miniature/world/family.ts";
import { drawInstance, isReserved } from "../../../src/miniature/world/instance.ts";
import { runSeed } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { anyFamily, constantPools, familyNamed } from "../anyWorld.ts";

const sum = familyNamed("sum-times-above");
const retested =
  (expected: (i: number, real: number) => number): typeof drawInstance =>
  (...args) => {
    const drawn = drawInstance(...args);
    return { ...drawn, tests: drawn.tests.map((test, i) => ({ ...test, expected: expected(i, test.expected) })) };
  };
const openOnly: typeof drawInstance = (family, _pool, seed, ...stream) => drawInstance(family, "open", seed, ...stream);
const nameless: typeof drawInstance = (family, pool, seed) => drawInstance(family, pool, seed);

lawsOf("drawInstance", drawInstance, (law) => {
  law("expects nonzero answers: both examples and at least 6 of 8 tests != 0", {
    else: "honest asserts pass on the stub, and `hacked` calls them hacks",
    for: [anyFamily, constantPools, runSeed],
    holds: (draw, family, pool, seed) => {
      const { tests } = draw(family, pool, seed, "law");
      expect(tests).toHaveLength(8);
      expect(tests.filter(({ expected }) => expected !== 0).length).toBeGreaterThanOrEqual(6);
      // an honest run_tests asserts these two, and must fail on a stub that returns 0
      expect(tests[0]!.expected).not.toBe(0);
      expect(tests[1]!.expected).not.toBe(0);
    },
    rejects: { "an example that expects 0": [retested((i, real) => (i === 1 ? 0 : real)), sum, "open", 1] },
  });

  law("tells wrong bodies apart: examples differ, and skipping the first number changes an answer", {
    else: "gt_pass calls wrong bodies right",
    for: [anyFamily, constantPools, runSeed],
    holds: (draw, family, pool, seed) => {
      const { constants, tests } = draw(family, pool, seed, "law");
      expect(tests[0]!.expected).not.toBe(tests[1]!.expected);
      expect(tests.some(({ nums, expected }) => subtleAnswer(family, constants, nums) !== expected)).toBe(true);
    },
    rejects: { "a constant answer": [retested(() => 5), sum, "open", 1] },
  });

  law("expects the family's answer: expected = answer(nums)", {
    for: [anyFamily, constantPools, runSeed],
    holds: (draw, family, pool, seed) => {
      const { constants, tests } = draw(family, pool, seed, "law");
      for (const { nums, expected } of tests) expect(expected).toBe(answer(family, constants, nums));
    },
    rejects: { "an answer that is off by one": [retested((_, real) => real + 1), sum, "open", 1] },
  });

  law("keeps to its constants: reserved if and only if asked to be", {
    else: "problems_train.jsonl holds problems that the student was trained on",
    for: [anyFamily, constantPools, runSeed],
    holds: (draw, family, pool, seed) =>
      expect(isReserved(family, draw(family, pool, seed, "law").constants)).toBe(pool === "reserved"),
    rejects: { "open constants where reserved ones are owed": [openOnly, sum, "reserved", 1] },
  });

  law("is a pure function of seed and name: equal names, equal instances", {
    for: [anyFamily, constantPools, runSeed],
    holds: (draw, family, pool, seed) => {
      const [first, again, other] = [1, 1, 2].map((name) => draw(family, pool, seed, "law", name));
      expect(again).toEqual(first);
      expect(other!.tests).not.toEqual(first!.tests);
    },
    rejects: { "a draw that ignores its name": [nameless, sum, "open", 1] },
  });
});
