import { JsonlAppender } from "../../artifact/jsonlAppender.ts";
import type { Grader } from "../../environment/grader.ts";
import { gradeRow } from "../../environment/gradeRow.ts";
import { ArtifactError, ProblemError } from "../../errors.ts";
import type { GradeRow } from "./gradeRows.ts";
import { inOrder } from "../inOrder.ts";

/** Where verdict rows go; those in `done` stand there already. */
export interface VerdictSink {
  readonly done: readonly object[];
  append(row: object): Promise<void>;
  close(): Promise<void>;
}

/**
 * A file of verdicts to begin or to go on with.
 *
 * @throws ArtifactError  it holds verdicts of other rows than the first of `rows`
 */
export async function openVerdictFile(path: string, rows: readonly GradeRow[]): Promise<VerdictSink> {
  const file = await JsonlAppender.open(path);
  const done: object[] = [];
  for (const [i, row] of file.rows.entries()) {
    const digest = typeof row === "object" && row !== null && "digest" in row ? row.digest : undefined;
    if (digest !== undefined && digest === rows[i]?.digest) {
      done.push(Object(row));
      continue;
    }
    await file.close();
    throw new ArtifactError(
      `${path} line ${i + 1}: expected the verdict of completion ${i + 1} (${rows[i]?.digest ?? "there is none"}), got ${String(digest)}. Move the file away, or give another --out.`,
    );
  }
  return { done, append: (row) => file.append(row), close: () => file.close() };
}

/** The verdict, or why the row's problem cannot be graded: one bad problem does not keep the others from being graded. */
async function verdictOrRefusal({ problem, completion }: GradeRow, grader: Grader): Promise<object> {
  try {
    return gradeRow(await grader.grade(problem, completion));
  } catch (cause) {
    if (cause instanceof ProblemError) return { refused: cause.message };
    throw cause;
  }
}

/**
 * Grades every row that the sink does not hold yet, and appends verdicts in the rows' order.
 *
 * @param onRow  called after each appended row with what was appended
 */
export async function gradeFile(
  rows: readonly GradeRow[],
  grader: Grader,
  sink: VerdictSink,
  { inFlight, onRow }: { readonly inFlight: number; readonly onRow: (row: object) => void },
): Promise<void> {
  const missing = rows.slice(sink.done.length);
  const verdictOf = async (row: GradeRow) => ({
    ...row.labels,
    digest: row.digest,
    ...(await verdictOrRefusal(row, grader)),
  });
  await inOrder(missing, inFlight, verdictOf, async (row) => {
    await sink.append(row);
    onRow(row);
  });
}
