import { createHash } from "node:crypto";
import { z } from "zod";
import { absentWhereNull } from "../../artifact/absentWhereNull.ts";
import { readJsonl } from "../../artifact/jsonLines.ts";
import { parseInlineProblem, type Problem, readProblems } from "../../environment/problem.ts";
import { ArtifactError } from "../../errors.ts";

/** One completion to grade. */
export interface GradeRow {
  /** What the verdict row repeats to say whose it is. */
  readonly labels: Readonly<Record<string, number | string>>;
  readonly problem: Problem;
  readonly completion: string;
  /** Of the problem's id and the completion: a resumed file is checked against it. */
  readonly digest: string;
}

const label = z.union([z.number(), z.string()]);
const completionRow = absentWhereNull({
  id: label.optional(),
  problem_id: label.optional(),
  sample_id: label.optional(),
  completion: z.string(),
  problem: z.unknown().optional(),
});

/**
 * The rows of a completions file, each with its problem: inline, or by `problem_id` from the problems file.
 *
 * @param problemsPath  null when every row brings its own problem
 * @throws ArtifactError  a line does not parse, or its problem is nowhere
 */
export async function readGradeRows(completionsPath: string, problemsPath: string | null): Promise<GradeRow[]> {
  const problems = new Map(
    (problemsPath === null ? [] : await readProblems(problemsPath)).map((problem) => [String(problem.id), problem]),
  );
  return readJsonl(completionsPath, (row, where) => gradeRow(row, where, problems));
}

function gradeRow(row: unknown, where: string, problems: ReadonlyMap<string, Problem>): GradeRow {
  const found = completionRow.safeParse(row);
  if (!found.success)
    throw new ArtifactError(`${where}: expected a row with a completion, got ${z.prettifyError(found.error)}`);
  const { id, problem_id, sample_id, completion, problem: inline } = found.data;
  const problem =
    inline === undefined
      ? problems.get(String(problem_id))
      : parseInlineProblem(inline, problem_id ?? id ?? where, where);
  if (problem === undefined) {
    throw new ArtifactError(
      `${where}: expected problem_id ${problem_id} in the problems file, got none of that id among ${problems.size}. Give the right --problems.`,
    );
  }
  const labels = Object.fromEntries(
    Object.entries({ id, problem_id: problem.id, sample_id }).filter(
      (entry): entry is [string, number | string] => entry[1] !== undefined,
    ),
  );
  return { labels, problem, completion, digest: digestOf(problem.id, completion) };
}

function digestOf(problemId: number | string, completion: string): string {
  return createHash("sha256")
    .update(JSON.stringify([problemId, completion]))
    .digest("hex")
    .slice(0, 16);
}
