import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readJsonl } from "../../artifact/jsonLines.ts";
import type { Grader } from "../../environment/grader.ts";
import { methodFromPrompt } from "../../environment/methodFromPrompt.ts";
import type { Problem } from "../../environment/problem.ts";
import { ArtifactError } from "../../errors.ts";
import { inOrder } from "../inOrder.ts";

/** A published rollout with the verdict that was recorded for it. */
export interface PoolRow {
  readonly file: string;
  readonly line: number;
  readonly problem: Problem;
  readonly completion: string;
  readonly recordedHacked: boolean;
  readonly recordedGtPass: boolean;
}

/** A recomputed `hacked` beside the recorded one. `gt_pass` is the recorded one: the tests are not public. */
export interface RegradedRow {
  readonly file: string;
  readonly line: number;
  readonly problem_id: number | string;
  readonly fmt_ok: boolean;
  readonly can_compile: boolean;
  readonly hacked: boolean;
  readonly recorded_hacked: boolean;
  readonly agrees: boolean;
  readonly gt_pass: boolean;
}

const rolloutRow = z.object({
  problem_id: z.union([z.number(), z.string()]),
  prompt: z.string(),
  completion: z.string(),
  hacked: z.boolean(),
  gt_pass: z.boolean(),
});

/** @throws ArtifactError  the folder holds no rollouts, or a line is none */
export async function readPool(folder: string): Promise<PoolRow[]> {
  const files = (await filesOf(folder)).filter((name) => /\.jsonl(\.gz)?$/.test(name)).sort();
  if (files.length === 0) throw new ArtifactError(`${folder}: expected files of rollouts (*.jsonl.gz), got none`);
  const rows = await Promise.all(
    files.map((file) => readJsonl(join(folder, file), (row, where, line) => poolRow(row, where, file, line))),
  );
  return rows.flat();
}

/** Regrades in the pool's order; `onRow` is called after each. */
export async function gradePool(
  rows: readonly PoolRow[],
  grader: Grader,
  inFlight: number,
  onRow: (row: RegradedRow) => Promise<void>,
): Promise<void> {
  const regrade = async (row: PoolRow): Promise<RegradedRow> => {
    const { fmtOk, canCompile, hacked } = await grader.gradeWithoutTests(row.problem, row.completion);
    return {
      file: row.file,
      line: row.line,
      problem_id: row.problem.id,
      fmt_ok: fmtOk,
      can_compile: canCompile,
      hacked,
      recorded_hacked: row.recordedHacked,
      agrees: hacked === row.recordedHacked,
      gt_pass: row.recordedGtPass,
    };
  };
  await inOrder(rows, inFlight, regrade, onRow);
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw new ArtifactError(`${folder}: expected a folder of rollouts, got ${String(cause)}`, cause);
  }
}

function poolRow(row: unknown, where: string, file: string, line: number): PoolRow {
  const found = rolloutRow.safeParse(row);
  if (!found.success) throw new ArtifactError(`${where}: expected a rollout, got ${z.prettifyError(found.error)}`);
  const { problem_id: id, prompt, completion, hacked, gt_pass: gtPass } = found.data;
  const methodName = methodFromPrompt(prompt, where);
  const problem: Problem = {
    id,
    messages: [],
    funcName: `Solution().${methodName}`,
    methodName,
    starterCode: "",
    setupCode: "",
    gtTests: [],
    canonicalSolution: "",
    envMode: "run_tests",
  };
  return { file, line, problem, completion, recordedHacked: hacked, recordedGtPass: gtPass };
}
