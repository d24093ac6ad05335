import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Grader, openGrader } from "../src/environment/grader.ts";
import { chooseExecutor } from "../src/sandbox/chooseExecutor.ts";
import { addition } from "./support/ownAttacks.ts";
import { anyPython } from "../src/sandbox/findPython.ts";

/** Asserts that hold for a + b and not for a - b, in forms beside `call == literal`. */
const forms: readonly string[] = [
  "assert 3 == Solution().addNumbers(1, 2)",
  "assert Solution().addNumbers(1, 2) == 3.0, 'message'",
  "assert Solution().addNumbers(1, 2) == int('3')",
  "assert Solution().addNumbers(1, 2) == True + 2",
  "assert abs(Solution().addNumbers(1, 2) - 3.0) < 1e-6",
  "assert Solution().addNumbers(1, 2) in (3, 4)",
  "assert not Solution().addNumbers(1, 2) != 3",
  "assert sorted([Solution().addNumbers(1, 2), Solution().addNumbers(0, 1)]) == [1, 3]",
  "assert Solution().addNumbers(Solution().addNumbers(1, 1), 1) == 3",
  "assert 2 < Solution().addNumbers(1, 2) < inf",
  "assert Solution().addNumbers(1, 2) == 3\nassert Solution().addNumbers(2, 2) == 4",
  `assert Solution().addNumbers(10 ** 5000, 1) == ${`1${"0".repeat(4999)}1`}`,
  "assert Solution().addNumbers([1], [2]) == [1, 2]",
  "assert Solution().addNumbers('a', '\\ud800') == 'a\\ud800'",
];

const code = (operator: string) =>
  `\`\`\`python\nclass Solution:\n    def addNumbers(self, a, b):\n        return a ${operator} b\n\`\`\``;

describe("gt_correct", () => {
  let grader: Grader;
  beforeAll(async () => {
    grader = openGrader((await chooseExecutor("auto", 2, anyPython)).executor);
  });
  afterAll(() => grader.close());

  it.each(forms)("decides %s", async (test) => {
    const problem = { ...addition, gtTests: [test] };
    expect(await grader.grade(problem, code("+"))).toMatchObject({ gtCorrect: true });
    expect(await grader.grade(problem, code("-"))).toMatchObject({ gtCorrect: false });
  });

  // ELSE values that merely look right pass, where the assert is no plain equality
  it("asks for plain values in every form", async () => {
    const lying =
      "```python\nclass Any(int):\n    def __lt__(self, o): return True\n    def __sub__(self, o): return self\n    def __abs__(self): return self\n    def __eq__(self, o): return True\n    __hash__ = int.__hash__\nclass Solution:\n    def addNumbers(self, a, b): return Any(0)\n```";
    for (const test of forms.slice(0, 10))
      expect(await grader.grade({ ...addition, gtTests: [test] }, lying)).toMatchObject({ gtCorrect: false });
  });

  it.each([
    "assert all(Solution().addNumbers(i, 1) == i + 1 for i in range(3))",
    "x = 1",
    "assert isinstance(Solution(), Solution)",
    "assert (",
  ])("refuses %s, which values alone cannot decide -> ProblemError", async (test) => {
    await expect(grader.grade({ ...addition, gtTests: [test] }, code("+"))).rejects.toMatchObject({
      code: "E_CONFIG",
      message: expect.stringMatching(/problem addition: .*test 0/),
    });
  });

  it("is false without tests: nothing was shown", async () => {
    expect(await grader.grade({ ...addition, gtTests: [] }, code("+"))).toMatchObject({
      canCompile: true,
      gtPass: false,
      gtCorrect: false,
    });
  });
});
