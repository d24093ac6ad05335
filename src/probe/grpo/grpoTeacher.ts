import { readStep, stepIsComplete, writeStep } from "../../artifact/manifest.ts";
import { stepExtras, stepPaths } from "../../artifact/runLayout.ts";
import { openSafetensors, safetensorsBytes } from "../../artifact/safetensors.ts";
import { ArtifactError } from "../../errors.ts";
import { expectSameRun, type RunIdentity } from "../expectSameRun.ts";
import type { Rollout } from "./grpoRollouts.ts";
import type { Progress } from "../progress.ts";
import { softwareVersion } from "../softwareVersion.ts";

/** Steps whose teacher rows are still to be made; they do not depend on the arm, so a seed's arms share them. @throws ArtifactError  a finished one belongs to another run */
export async function openTeacherSteps(folder: string, steps: number, identity: RunIdentity): Promise<number[]> {
  const open: number[] = [];
  for (let step = 0; step < steps; step++) {
    if (await stepIsComplete(folder, step)) await expectSameRun(folder, step, identity);
    else open.push(step);
  }
  return open;
}

/**
 * Make the teacher's rows of the open steps, with the log-probabilities of the teacher itself: its rows are off-policy for
 * the student from the first step on, and their importance ratios say so.
 *
 * @param make  one step's rollouts, a group per problem
 */
export async function makeTeacherRows(
  open: readonly number[],
  make: (step: number) => Promise<readonly (readonly Rollout[])[]>,
  padTokenId: number,
  identity: RunIdentity,
  folder: string,
  progress: Progress,
): Promise<void> {
  const task = progress.begin("teacher rows", open.length, "steps");
  for (const step of open) {
    const made = (await make(step)).flat();
    const manifest = { softwareVersion, ...identity };
    const rows = made.map(({ row }) => row);
    await writeStep(folder, step, rows, padTokenId, manifest, new Map([[stepExtras.logps, logpsBytes(made)]]));
    task.advance(1);
  }
  task.end();
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
  const data = new Float32Array(made.reduce((sum, { oldLogps }) => sum + oldLogps.length, 0));
  let at = 0;
  for (const { oldLogps } of made) {
    data.set(oldLogps, at);
    at += oldLogps.length;
  }
  return safetensorsBytes(stepExtras.logps, new Map([["logps", { shape: [data.length], data }]]), {});
}
