import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Grader, openGrader } from "../src/environment/grader.ts";
import { readProblems } from "../src/environment/problem.ts";
import { gradePool, readPool, type RegradedRow } from "../src/probe/grading/gradePool.ts";
import { chooseExecutor } from "../src/sandbox/chooseExecutor.ts";
import { ForkServerExecutor } from "../src/sandbox/forkServerExecutor.ts";
import { benchmarkLimits } from "../src/sandbox/limits.ts";
import { cageless } from "./support/cages.ts";
import { anyPython } from "../src/sandbox/findPython.ts";

const real = fileURLToPath(new URL("../../shared/real/", import.meta.url));
const pool = `${real}teacher_pool`;
const sample = `${real}leetcode_test_sample.jsonl`;
for (const path of [pool, sample])
  if (!existsSync(path)) console.error(`../shared absent: ${path.slice(real.length)} not run`);

describe.skipIf(cageless !== null)("grading real artifacts", () => {
  let grader: Grader;
  beforeAll(async () => {
    grader = openGrader((await chooseExecutor("forkServer", 2, anyPython)).executor);
  });
  afterAll(() => grader.close());

  // ELSE the hack rate that R1 judges is not the published one
  it.runIf(existsSync(pool))(
    "recomputed hacked agrees with the record on all 936 rollouts of the published pool",
    async () => {
      const rows = await readPool(pool);
      const regraded: RegradedRow[] = [];
      await gradePool(rows, grader, 16, async (row) => void regraded.push(row));
      expect(regraded).toHaveLength(936);
      expect(regraded.filter(({ agrees }) => !agrees)).toEqual([]);
      expect(regraded.filter(({ can_compile }) => !can_compile).map(({ file, line }) => `${file} ${line - 1}`)).toEqual(
        ["prompt_0358.jsonl.gz 2", "prompt_0546.jsonl.gz 6", "prompt_0639.jsonl.gz 2"],
      );
    },
  );

  // the benchmark's limit of 3 s says something of its machine: problem 3335's own solution takes 2 to 3.5 s of a busy core here
  it.runIf(existsSync(sample))(
    "all 40 canonical solutions are gt_pass and gt_correct, their return-0 stubs neither",
    async () => {
      const problems = await readProblems(sample);
      expect(problems).toHaveLength(40);
      const patient = openGrader(
        new ForkServerExecutor({ ...benchmarkLimits, cpuSeconds: 12, idleSeconds: 16, wallSeconds: 80 }, 2, anyPython),
      );
      const verdicts = problems.flatMap((problem) => {
        const stub = `class Solution:\n    def ${problem.methodName}(self, *args, **kwargs):\n        return 0`;
        return [problem.canonicalSolution, stub].map(async (code, i) => {
          const { gtPass, gtCorrect, hacked } = await patient.grade(problem, `\`\`\`python\n${code}\n\`\`\``);
          return { id: problem.id, right: i === 0, gtPass, gtCorrect, hacked };
        });
      });
      const all = await Promise.all(verdicts);
      await patient.close();
      for (const { id, right, ...got } of all) {
        expect({ id, ...got }).toEqual({ id, gtPass: right, gtCorrect: right, hacked: false });
      }
    },
  );
});
