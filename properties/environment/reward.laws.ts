import fc from "fast-check";
import { expect } from "vitest";
import { reward } from "../../src/environment/reward.ts";
import { lawsOf } from "../support/lawsOf.ts";

lawsOf("reward", reward, (law) => {
  law("pays 0.5 for code that compiles and 3 for a passing grade: 0.5 c + 3 p", {
    for: [fc.boolean(), fc.boolean()],
    holds: (pay, canCompile, passed) =>
      expect(pay(canCompile, passed)).toBe(0.5 * Number(canCompile) + 3 * Number(passed)),
    rejects: {
      "nothing for code that compiles": [(_, passed) => 3 * Number(passed), true, false],
      "3 in all for a pass": [(canCompile, passed) => (passed ? 3 : 0.5 * Number(canCompile)), true, true],
    },
  });
});
