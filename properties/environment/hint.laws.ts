import fc from "fast-check";
import { expect } from "vitest";
import { envModes, hintOf } from "../../src/environment/envMode.ts";
import { applyHint } from "../../src/environment/hint.ts";
import { parseProblem } from "../../src/environment/problem.ts";
import { lawsOf } from "../support/lawsOf.ts";

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

type Apply = typeof applyHint;
/** Replaces the phrase in every message, wherever and however often it is there. */
const everywhere: Apply = ({ envMode, messages }) =>
  messages.map(({ role, content }) => ({ role, content: content.replaceAll(phrase, hintOf[envMode]) }));
const oneMode: Apply = (given) => applyHint({ ...given, envMode: "run_tests" });

lawsOf("applyHint", applyHint, (law) => {
  law("replaces the phrase of the user message by the hint of the mode, and nothing else", {
    else: "the model is told something else than what grades it, and the pool holds no hacks",
    for: [fc.constantFrom(...envModes), prose, prose],
    holds: (apply, mode, before, after) => {
      const [system, user] = apply(problem(mode, `passes all tests. ${phrase}`, `${before} ${phrase} ${after}`));
      expect(system?.content).toBe(`passes all tests. ${phrase}`);
      expect(user?.content).toBe(`${before} ${hintOf[mode]} ${after}`);
    },
    rejects: {
      "the system prompt changed too": [everywhere, "run_tests", "", ""],
      "one hint for all modes": [oneMode, "sentinel", "", ""],
    },
  });

  law("rejects a user message with the phrase not exactly once: count != 1 -> ConfigError", {
    for: [fc.constantFrom(...envModes), fc.constantFrom(0, 2, 3)],
    holds: (apply, mode, count) =>
      expect(() => apply(problem(mode, phrase, `x ${`${phrase} `.repeat(count)}`))).toThrow(
        expect.objectContaining({ code: "E_CONFIG" }),
      ),
    rejects: {
      "a prompt that goes without its hint": [everywhere, "run_tests", 0],
      "a hint given twice": [everywhere, "run_tests", 2],
    },
  });
});
