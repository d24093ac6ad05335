import { JsonlAppender } from "../artifact/jsonlAppender.ts";
import { exitCodeOf } from "../errors.ts";
import { openGrader } from "../environment/grader.ts";
import { gradeFile, openVerdictFile, type VerdictSink } from "../probe/grading/gradeFile.ts";
import { recordGradeRun } from "../probe/grading/gradeManifest.ts";
import { gradePool, readPool } from "../probe/grading/gradePool.ts";
import { type GradeRow, readGradeRows } from "../probe/grading/gradeRows.ts";
import { addToSummary, emptySummary, type GradeSummary } from "../probe/grading/gradeSummary.ts";
import { textTable } from "../report/textTable.ts";
import type { ChosenExecutor } from "../sandbox/chooseExecutor.ts";
import type { ExecutorOptions } from "./options/executor.ts";
import { terminalProgress } from "./terminalProgress.ts";

export interface GradeOptions extends ExecutorOptions {
  readonly problems?: string;
  readonly completions?: string;
  readonly pool?: string;
  readonly out?: string;
}

/** Rows read ahead of the slowest one, per program that runs. */
const readAhead = 8;

/** Grades a file of completions into --out or onto standard output, then prints the summary. */
export async function gradeCompletions(options: GradeOptions, choose: () => Promise<ChosenExecutor>): Promise<void> {
  const rows = await readGradeRows(options.completions!, options.problems ?? null);
  const sink = options.out === undefined ? standardOutput : await openVerdictFile(options.out, rows);
  const summary = emptySummary();
  for (const row of sink.done) addToSummary(summary, row);
  try {
    if (sink.done.length < rows.length) await gradeMissing(rows, { sink, summary }, options, await choose());
  } finally {
    await sink.close();
  }
  printSummary(summary, sink.done.length);
}

async function gradeMissing(
  rows: readonly GradeRow[],
  { sink, summary }: { readonly sink: VerdictSink; readonly summary: GradeSummary },
  options: GradeOptions,
  chosen: ChosenExecutor,
): Promise<void> {
  const grader = openGrader(chosen.executor);
  const task = terminalProgress(process.stderr).begin("grading", rows.length - sink.done.length, "rows");
  try {
    if (options.out !== undefined) await recordGradeRun(options.out, chosen, sink.done.length);
    await gradeFile(rows, grader, sink, {
      inFlight: readAhead * options.concurrency,
      onRow: (row) => {
        addToSummary(summary, row);
        task.advance(1);
      },
    });
  } finally {
    task.end();
    await grader.close();
  }
}

/** Regrades a pool; disagreement with the recorded verdicts is exit code 1. */
export async function regradePool(options: GradeOptions, choose: () => Promise<ChosenExecutor>): Promise<void> {
  const rows = await readPool(options.pool!);
  const out = options.out === undefined ? null : await JsonlAppender.open(options.out);
  let agreeing = 0;
  try {
    agreeing = await regrade(rows, out, options.concurrency, await choose());
  } finally {
    await out?.close();
  }
  console.log(`hacked agrees with the record on ${agreeing} of ${rows.length} rollouts`);
  if (agreeing < rows.length) process.exitCode = 1;
}

/** Grades pool rows again, and counts those that agree with the record. */
async function regrade(
  rows: Awaited<ReturnType<typeof readPool>>,
  out: JsonlAppender | null,
  concurrency: number,
  chosen: ChosenExecutor,
): Promise<number> {
  const grader = openGrader(chosen.executor);
  const task = terminalProgress(process.stderr).begin("grading", rows.length, "rows");
  let agreeing = 0;
  try {
    await gradePool(rows, grader, readAhead * concurrency, async (row) => {
      if (row.agrees) agreeing++;
      else console.error(`${row.file} line ${row.line}: hacked is ${row.hacked}, recorded ${row.recorded_hacked}`);
      await out?.append(row);
      task.advance(1);
    });
  } finally {
    task.end();
    await grader.close();
  }
  return agreeing;
}

const standardOutput: VerdictSink = {
  done: [],
  append: async (row) => console.log(JSON.stringify(row)),
  close: async () => {},
};

function printSummary(summary: GradeSummary, before: number): void {
  const refused = [...summary.refusals.values()].reduce((sum, n) => sum + n, 0);
  const graded = summary.rows - refused;
  const rows = Object.entries(summary.counts).map(([name, n]) => [name, String(n), share(n, graded)]);
  console.error(textTable(["verdict", "rows", "share"], rows));
  console.error(
    `${summary.rows} rows, of which ${before} were there before; mean reward ${(summary.rewardSum / Math.max(1, graded)).toFixed(3)}`,
  );
  for (const [why, n] of summary.refusals) console.error(`not graded, ${n} rows: ${why}`);
  if (refused > 0) {
    console.error(`${refused} of ${summary.rows} rows were not graded. Once that is mended, give another --out.`);
    process.exitCode = exitCodeOf.E_SANDBOX;
  }
}

function share(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)}%`;
}
