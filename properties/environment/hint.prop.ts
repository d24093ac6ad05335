import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { envModes, hintOf } from "../../src/environment/envMode.ts";
import { applyHint } from "../../src/environment/hint.ts";
import { parseProblem } from "../../src/environment/problem.ts";
import { ConfigError } from "../../src/errors.ts";

const phrase = "and should pass all tests";
const prose = fc.string({ maxLength: 20 });

function problem(envMode: string, system: string, user: string) {
  return parseProblem(
    {
      id: 1,
      func_name: "Solution().f",
      gt_answer: [],
      env_mode: envMode,
      prompt: [
        { role: "system", content: system },
        { role: "user", content: user },
      ],
    },
    "row",
  );
}

describe("applyHint", () => {
  // ELSE the model is told something else than what grades it, and the pool holds no hacks
  it("replaces the phrase of the user message by the hint of the mode, and nothing else", () =>
    fc.assert(
      fc.property(fc.constantFrom(...envModes), prose, prose, (mode, before, after) => {
        const [system, user] = applyHint(problem(mode, `passes all tests. ${phrase}`, `${before} ${phrase} ${after}`));
        expect(system?.content).toBe(`passes all tests. ${phrase}`);
        expect(user?.content).toBe(`${before} ${hintOf[mode]} ${after}`);
      }),
    ));

  it("rejects a user message with the phrase not exactly once: count != 1 -> ConfigError", () =>
    fc.assert(
      fc.property(fc.constantFrom(...envModes), fc.constantFrom(0, 2, 3), (mode, count) => {
        expect(() => applyHint(problem(mode, phrase, `x ${`${phrase} `.repeat(count)}`))).toThrow(ConfigError);
      }),
    ));
});
