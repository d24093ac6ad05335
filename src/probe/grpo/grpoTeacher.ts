import { readStep } from "../../artifact/manifest.ts";
import { stepExtras, stepPaths } from "../../artifact/runLayout.ts";
import { openSafetensors, safetensorsBytes } from "../../artifact/safetensors.ts";
import type { Grader } from "../../environment/grader.ts";
import type { Problem } from "../../environment/problem.ts";
import { ArtifactError } from "../../errors.ts";
import { endToEnd } from "../../numeric/endToEnd.ts";
import type { Run } from "../run.ts";
import { keepStep } from "../steps.ts";
import { pooledRollouts, type PoolRows } from "./grpoCachedPool.ts";
import { problemsOfStep } from "./grpoProblems.ts";
import { expectRoomForAll, rollouts, type Rollout } from "./grpoRollouts.ts";
import type { GrpoRollouts } from "./grpoSettings.ts";

/** Where the teacher's rows come from: it is asked and graded live, or a cached pool holds its answers and their grades. */
export interface TeacherSource {
  readonly problems: readonly Problem[];
  readonly grader: Grader;
  readonly pool: PoolRows | null;
}

/**
 * Make the teacher's rows of the open steps, with the log-probabilities of the teacher itself: its rows are off-policy for
 * the student from the first step on, and their importance ratios say so. They do not depend on the arm: a seed's arms share
 * them.
 *
 * @param run   its model is the teacher
 * @param open  steps whose rows are missing
 */
export async function makeTeacherRows(
  run: Run,
  open: readonly number[],
  source: TeacherSource,
  settings: GrpoRollouts,
): Promise<void> {
  if (source.pool === null) {
    const asked = open.flatMap((step) =>
      problemsOfStep(source.problems, settings.promptsPerStep, run.identity.seed, step),
    );
    expectRoomForAll(run.loaded, asked, settings.sampling.maxNewTokens);
  }
  const task = run.progress.begin("teacher rows", open.length, "steps");
  for (const step of open) {
    const made = (await teacherRollouts(run, source, settings, step)).flat();
    const rows = made.map(({ row }) => row);
    await keepStep(run, step, { rows, extras: new Map([[stepExtras.logps, logpsBytes(made)]]) });
    task.advance(1);
  }
  task.end();
}

/** A group per problem of the step. */
function teacherRollouts(
  { loaded, identity }: Run,
  { problems, grader, pool }: TeacherSource,
  settings: GrpoRollouts,
  step: number,
): Promise<Rollout[][]> {
  const { promptsPerStep, teacherRollouts: perProblem, rowsAtOnce, sampling } = settings;
  const { seed } = identity;
  const asked = problemsOfStep(problems, promptsPerStep, seed, step);
  if (pool !== null) return pooledRollouts(loaded, pool, asked, { perProblem, rowsAtOnce, seed, step });
  return rollouts(loaded, asked, grader, {
    perProblem,
    firstSampleId: 0,
    rowsAtOnce,
    sampling,
    source: { step, arm: "teacher", srcPool: "teacher" },
    stream: `teacher/${step}`,
  });
}

/** One step's teacher rows. @throws ArtifactError  they are missing or broken */
export async function readTeacherRows(folder: string, step: number): Promise<Rollout[]> {
  const { rows } = await readStep(folder, step);
  const file = await openSafetensors(stepPaths(folder, step).extra(stepExtras.logps));
  try {
    const logps = await file.readFloat32("logps");
    const wanted = rows.reduce((sum, { compLen }) => sum + compLen, 0);
    if (logps.length !== wanted)
      throw new ArtifactError(
        `${file.path}: expected ${wanted} log-probabilities for the rows beside it, got ${logps.length}; delete the step to have it made again`,
      );
    let at = 0;
    return rows.map((row) => {
      const oldLogps = logps.slice(at, at + row.compLen);
      at += row.compLen;
      return { row, oldLogps };
    });
  } finally {
    await file.close();
  }
}

function logpsBytes(made: readonly Rollout[]): Uint8Array {
  const data = endToEnd(made.map(({ oldLogps }) => oldLogps));
  return safetensorsBytes(stepExtras.logps, new Map([["logps", { shape: [data.length], data }]]), {});
}
