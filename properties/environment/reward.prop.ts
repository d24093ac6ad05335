import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reward } from "../../src/environment/reward.ts";

describe("reward", () => {
  it("pays 0.5 for code that compiles and 3 for a passing grade: 0.5 c + 3 p", () =>
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.boolean(),
        (canCompile, passed) =>
          void expect(reward(canCompile, passed)).toBe(0.5 * Number(canCompile) + 3 * Number(passed)),
      ),
    ));
});
