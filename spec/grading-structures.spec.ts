import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Grader, openGrader } from "../src/environment/grader.ts";
import type { Problem } from "../src/environment/problem.ts";
import { chooseExecutor } from "../src/sandbox/chooseExecutor.ts";
import { anyPython, findPython } from "../src/sandbox/findPython.ts";
import { cageless } from "./support/cages.ts";
import { addition } from "./support/ownAttacks.ts";

const node = `class Node:
    def __init__(self, v, n=None): self.v, self.n = v, n
class Slotted:
    __slots__ = ("v", "n")
    def __init__(self, v, n=None): self.v, self.n = v, n
def build(values):
    head = None
    for v in reversed(values): head = Node(v, head)
    return head
def same(a, b):
    while a and b and a.v == b.v: a, b = a.n, b.n
    return a is b is None
`;

interface Structure {
  readonly what: string;
  readonly setup?: string;
  readonly test: string;
  readonly right: string;
  readonly wrong: string;
}

/** Bodies of `answer(self, x)`, called with 3: what each returns is no plain value, or is one only after a conversion. */
const structures: readonly Structure[] = [
  {
    what: "a set",
    test: "assert Solution().answer(3) == {0, 1, 2}",
    right: "return set(range(x))",
    wrong: "return {0, 1}",
  },
  {
    what: "sets in a list",
    test: "assert Solution().answer(3) == [{0, 1}, frozenset([2])]",
    right: "return [{1, 0}, {2}]",
    wrong: "return [{1, 0}, [2]]",
  },
  {
    what: "a generator",
    test: "assert list(Solution().answer(3)) == [0, 1, 2]\nassert sorted(Solution().answer(3)) == [0, 1, 2]",
    right: "yield from range(x)",
    wrong: "yield from range(x + 1)",
  },
  {
    what: "a range",
    test: "assert list(Solution().answer(3)) == [2, 1, 0]",
    right: "return range(2, -1, -1)",
    wrong: "return range(3)",
  },
  {
    what: "a map",
    test: "assert list(Solution().answer(3)) == ['0', '1', '2']",
    right: "return map(str, range(x))",
    wrong: "return map(int, range(x))",
  },
  {
    what: "keys of a dict",
    test: "assert sorted(Solution().answer(3)) == [0, 1, 2]",
    right: "return {i: 0 for i in range(x)}.keys()",
    wrong: "return {i: 0 for i in range(x)}.values()",
  },
  {
    what: "a deque",
    setup: "from collections import deque",
    test: "assert Solution().answer(3) == deque([0, 1, 2])",
    right: "return deque(range(x))",
    wrong: "return deque([2])",
  },
  {
    what: "a linked list",
    setup: node,
    test: "assert same(Solution().answer(3), build([3, 2, 1]))",
    right: "return Node(3, Node(2, Node(1)))",
    wrong: "return Node(3, Node(2, Node(7)))",
  },
  {
    what: "a linked list of 20,000",
    setup: node,
    test: "assert same(Solution().answer(3), build(range(20000)))",
    right: "return build(range(20000))",
    wrong: "return build(range(19999))",
  },
  {
    what: "a list of nodes",
    setup: node,
    test: "assert [n.v for n in Solution().answer(3)] == [1, 2]",
    right: "return [Node(1), Node(2)]",
    wrong: "return [Node(1), Node(3)]",
  },
  {
    what: "a cycle of slotted nodes",
    setup: node,
    test: "assert (lambda a: a.n.n is a and a.v == 3)(Solution().answer(3))",
    right: "a = Slotted(x); a.n = Slotted(1, a); return a",
    wrong: "a = Slotted(x); a.n = Slotted(1, Slotted(x)); return a",
  },
  {
    what: "`candidate`, as LeetCodeDataset writes it",
    test: "assert candidate(x = 3) == [0, 1, 2]",
    right: "return list(range(x))",
    wrong: "return []",
  },
];

/** What must never pass: a structure that only looks right, or that reaches for more than data. */
const forged: readonly { readonly what: string; readonly code: string }[] = [
  {
    what: "a subclass of int that equals everything",
    code: "class I(int):\n    def __eq__(self, o): return True\n    __hash__ = int.__hash__\nclass Solution:\n    def answer(self, x): return I(4)",
  },
  {
    what: "a class of the submission that equals everything",
    code: "class Node:\n    v = 3\n    def __eq__(self, o): return True\nclass Solution:\n    def answer(self, x): return Node()",
  },
  {
    what: "an instance named after a function",
    code: "class A: pass\nA.__name__ = 'exit'\nclass Solution:\n    def answer(self, x): return A()",
  },
  {
    what: "a name that is code",
    code: "class A: pass\nA.__name__ = 'x\\nimport os; os._exit(0)'\nclass Solution:\n    def answer(self, x): return A()",
  },
  {
    what: "an attribute that is code",
    code: "class Node: pass\nclass Solution:\n    def answer(self, x):\n        n = Node(); n.__dict__['v\", 3); exit(0); (\"'] = 1; return n",
  },
  { what: "an endless generator", code: "class Solution:\n    def answer(self, x):\n        while True: yield 3" },
];

const fenced = (code: string) => `\`\`\`python\n${code}\n\`\`\``;
const solution = (body: string) => fenced(`class Solution:\n    def answer(self, x):\n        ${body}`);
const asking = (setup: string, test: string): Problem => ({
  ...addition,
  funcName: "Solution().answer",
  methodName: "answer",
  setupCode: setup,
  gtTests: [test.replace("candidate(", "Solution().answer(")],
});

for (const name of ["forkServer", "bubblewrap", "pyodide"] as const)
  describe.skipIf(name !== "pyodide" && cageless !== null)(`answers that are no plain values, on ${name}`, () => {
    let grader: Grader;
    beforeAll(async () => {
      grader = openGrader((await chooseExecutor(name, 2, anyPython)).executor);
    });
    afterAll(() => grader.close());
    // Pyodide grades three programs a second: a part of the list is enough there, the code is the same
    const chosen = name === "pyodide" ? structures.filter((_, i) => i % 4 === 0) : structures;

    // ELSE a right answer is never paid in three of four modes, and an exploit beside it counts as one
    it.each(chosen)(
      "$what: gt_correct = gt_pass, true for the right one and false for a wrong one",
      async (structure) => {
        const problem = asking(structure.setup ?? "", structure.test);
        expect(await grader.grade(problem, solution(structure.right))).toMatchObject({ gtPass: true, gtCorrect: true });
        expect(await grader.grade(problem, solution(structure.wrong))).toMatchObject({
          gtPass: false,
          gtCorrect: false,
        });
      },
    );

    it.each(name === "pyodide" ? [] : forged)("$what is not correct", async ({ code }) => {
      const problem = asking(node, "assert (lambda a: a == 3 or a.v == 3 and type(a) is Node)(Solution().answer(3))");
      expect(await grader.grade(problem, fenced(code))).toMatchObject({ gtCorrect: false });
    });

    it("imports from __future__ work as in a file of their own, behind setup code too", async () => {
      const code =
        '"""A text."""\nfrom __future__ import annotations; import re\nclass Solution:\n    def answer(self, x: Nowhere) -> Undefined: return x';
      const problem = asking("import os", "assert Solution().answer(3) == 3");
      expect(await grader.grade(problem, fenced(code))).toMatchObject({
        canCompile: true,
        gtPass: true,
        gtCorrect: true,
      });
    });
  });

describe.skipIf(cageless !== null)("the deepest call that fits", () => {
  const code = "class Solution:\n    def answer(self, x): return 0 if x == 0 else 1 + self.answer(x - 1)";
  const depths = Array.from({ length: 8 }, (_, i) => 992 + i);
  const python = depths.map((n) => {
    const source = `${code}\nassert Solution().answer(x = ${n}) == ${n}`;
    return spawnSync(findPython(null).executable, ["-I", "-c", source]).status === 0;
  });

  // ELSE a correct recursion near the limit is graded wrong, or differently by each executor
  it.each(["forkServer", "bubblewrap", "unsafe"] as const)("is that of python3 -c, on %s", async (name) => {
    const grader = openGrader((await chooseExecutor(name, 2, anyPython)).executor);
    const verdicts = await Promise.all(
      depths.map((n) => grader.grade(asking("", `assert Solution().answer(x = ${n}) == ${n}`), fenced(code))),
    );
    await grader.close();
    expect(verdicts.map(({ gtPass }) => gtPass)).toEqual(python);
    expect(verdicts.map(({ gtCorrect }) => gtCorrect)).toEqual(python);
    expect(python).toContain(false);
  });
});

describe.skipIf(cageless !== null)("a problem that cannot be graded", () => {
  it("names the module that its setup code lacks, and what to do", async () => {
    const grader = openGrader((await chooseExecutor("auto", 1, anyPython)).executor);
    await expect(
      grader.grade(asking("import no_such_module", "assert Solution().answer(1) == 1"), solution("return 1")),
    ).rejects.toThrow(/problem addition: .*No module named 'no_such_module'.*--python-packages DIR/);
    await grader.close();
  });

  it("is refused where a test never calls the function: it could not be wrong", async () => {
    const grader = openGrader((await chooseExecutor("auto", 1, anyPython)).executor);
    await expect(grader.grade(asking("", "assert check(3)"), solution("return 1"))).rejects.toThrow(
      /does not call Solution/,
    );
    await grader.close();
  });
});

describe("limits on pyodide", () => {
  const mebibytes = (files: number, each: number) =>
    solution(
      `for i in range(${files}):\n            with open(f"{i}", "wb") as f:\n                for _ in range(${each}): f.write(b"x" * 2**20)\n        return 3`,
    );
  const slow = solution("s = 0\n        for i in range(6_000_000): s += i * i % 7\n        return 3");

  // ELSE memory and verdict depend on how much of a large file a machine lets through, and what CPython does in a second is wrong
  it.each([
    ["a file of 15 MiB", mebibytes(1, 15), true],
    ["a file of 40 MiB", mebibytes(1, 40), false],
    ["40 files of 1 MiB", mebibytes(40, 1), false],
    ["a correct solution that takes CPython most of a second", slow, true],
  ])("%s", async (_, completion, passes) => {
    const grader = openGrader((await chooseExecutor("pyodide", 1, anyPython)).executor);
    const verdict = await grader.grade(asking("", "assert Solution().answer(3) == 3"), completion);
    await grader.close();
    expect(verdict).toMatchObject({ gtPass: passes, gtCorrect: passes });
  });
});
