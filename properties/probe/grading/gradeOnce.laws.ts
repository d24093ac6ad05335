import fc from "fast-check";
import { expect } from "vitest";
import type { Grade } from "../../../src/environment/grade.ts";
import type { Problem } from "../../../src/environment/problem.ts";
import { SandboxError } from "../../../src/errors.ts";
import { gradeOnce } from "../../../src/probe/grading/gradeOnce.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { strayRejections } from "../../support/strayRejections.ts";

type Once = typeof gradeOnce;

/** Answers by problem and text; equal pairs are equal answers. */
const anyAnswers = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 })), { maxLength: 8 });
/** Two problems have one id: a file may hold such, and they are other problems. */
const problems = [0, 1, 1].map((id) => ({ id }) as unknown as Problem);

/** What the grader was asked, and what everybody was answered. */
async function graded(once: Once, answers: readonly (readonly [number, number])[]) {
  const asked: string[] = [];
  const grade = async (problem: Problem, completion: string) => {
    asked.push(`${problems.indexOf(problem)} ${completion}`);
    return { reward: 10 * problems.indexOf(problem) + Number(completion) } as Grade;
  };
  const ask = once({ grade });
  const found = await Promise.all(answers.map(([p, text]) => ask(problems[p]!, String(text))));
  return { asked, rewards: found.map(({ reward }) => reward) };
}

lawsOf<Once>("gradeOnce", gradeOnce, (law) => {
  law("answers everybody, and asks once for equal answers to one problem", {
    else: "a row carries another answer's grade, or each repetition costs a sandbox",
    for: [anyAnswers],
    holds: async (once, answers) => {
      const { asked, rewards } = await graded(once, answers);
      expect(rewards).toEqual(answers.map(([p, text]) => 10 * p + text));
      expect(asked).toEqual([...new Set(answers.map(([p, text]) => `${p} ${text}`))]);
    },
    rejects: {
      "every answer graded": [
        ({ grade }) => grade,
        [
          [0, 1],
          [0, 1],
        ],
      ],
      "problems mixed": [
        (grader) => {
          const once = gradeOnce(grader);
          return (_, completion) => once(problems[0]!, completion);
        },
        [
          [0, 1],
          [1, 1],
        ],
      ],
      "problems of one id mixed": [
        (grader) => {
          const once = gradeOnce(grader);
          return ({ id }, completion) =>
            once(
              problems.find((problem) => problem.id === id)!,
              completion,
            );
        },
        [
          [1, 1],
          [2, 1],
        ],
      ],
    },
  });

  law("a grade that fails fails for whoever awaits it, however late, and for nobody else", {
    else: "a sandbox that failed ends the process before the stage can say so",
    for: [],
    holds: async (once) => {
      let caught: unknown = null;
      const stray = await strayRejections(async () => {
        const grade = once({ grade: () => Promise.reject(new SandboxError("the cage is gone")) })(problems[0]!, "");
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
        await grade.catch((failure: unknown) => (caught = failure));
      });
      expect(stray).toEqual([]);
      expect(caught).toBeInstanceOf(SandboxError);
    },
    rejects: {
      "left to its fate": [({ grade }) => grade],
      swallowed: [
        ({ grade }) =>
          (problem, completion) =>
            grade(problem, completion).catch(() => ({}) as Grade),
      ],
    },
  });
});
