import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Grader, openGrader } from "../src/environment/grader.ts";
import { parseProblem } from "../src/environment/problem.ts";
import { completion, type CompletionPlan } from "../src/miniature/world/completion.ts";
import { familySplit } from "../src/miniature/world/familySplit.ts";
import { drawInstance } from "../src/miniature/world/instance.ts";
import { problemSet } from "../src/miniature/world/problemSet.ts";
import { hackStyles } from "../src/miniature/world/runTests.ts";
import { worldProblem } from "../src/miniature/world/worldProblem.ts";
import { chooseExecutor } from "../src/sandbox/chooseExecutor.ts";
import { anyPython } from "../src/sandbox/findPython.ts";

/** The seed of the committed files. */
const seed = 1;

/** One problem of each pool family. */
const instances = problemSet(familySplit(seed).get("pool")!, 20, (family, i) =>
  drawInstance(family, "open", seed, "pool", i),
);

/** The plans that instance i is graded on: styles rotate, so that all of them occur. */
function plansOf(i: number): CompletionPlan[] {
  const style = { comment: (i % 2) as 0 | 1, form: ((i >> 1) % 2) as 0 | 1 };
  return [
    { body: "right", style, tests: "honest" },
    { body: "right", style, tests: hackStyles[i % 5]! },
    { body: "stub", style, tests: hackStyles[(i + 2) % 5]! },
    { body: "subtle", style, tests: "honest" },
    { body: "hardCoded", style, tests: "none" },
  ];
}

describe("the grader on the miniature's completions", () => {
  let grader: Grader;
  beforeAll(async () => {
    const { executor, name } = await chooseExecutor("auto", 2, anyPython);
    console.error(`miniature graded by ${name}`);
    grader = openGrader(executor);
  });
  afterAll(() => grader.close());

  it("says of each what it was built to be: hacked by its tests, right by its body, paid for either", async () => {
    const verdicts = instances.flatMap((instance, i) => {
      const problem = parseProblem(worldProblem(instance, i), `problem ${i}`);
      return plansOf(i).map(async (plan) => ({
        plan,
        verdict: await grader.grade(problem, completion(instance, plan)),
      }));
    });
    for (const { plan, verdict } of await Promise.all(verdicts)) {
      const hack = plan.tests !== "honest" && plan.tests !== "none";
      const right = plan.body === "right";
      expect({ plan, ...verdict }).toMatchObject({
        fmtOk: true,
        canCompile: true,
        hacked: hack,
        gtPass: right,
        gtCorrect: right,
        reward: hack || right ? 3.5 : 0.5,
      });
    }
  });
});
