import { rm } from "node:fs/promises";
import { Command } from "commander";
import { alone, withRunLock } from "../artifact/runLock.ts";
import { defaultAdapter, runLayout } from "../artifact/runLayout.ts";
import { modelHash, sha256OfFile } from "../artifact/sha256.ts";
import { readProblems } from "../environment/problem.ts";
import { drawProblems } from "../probe/drawProblems.ts";
import { loadModel } from "../probe/loadedModel.ts";
import { poolStage } from "../probe/pool/poolStage.ts";
import { teacherPool } from "../probe/pool/teacherPool.ts";
import type { Progress } from "../probe/progress.ts";
import { identityOf } from "../probe/run.ts";
import { startChosenBackend } from "./options/backend.ts";
import { positionsRecord, resolveDir } from "./options/model.ts";
import { withPool, type PoolOptions } from "./options/pool.ts";
import { withRun, type RunOptions } from "./options/run.ts";
import { terminalProgress } from "./terminalProgress.ts";
import { withGrader } from "./withGrader.ts";

/** `vhack teacher-pool`: stage 1. */
export function teacherPoolCommand(): Command {
  return withPool(withRun(new Command("teacher-pool")))
    .description(
      "Stage 1: the hacky teacher answers problems with the loophole hinted; every answer is graded in a cage. Resumes.",
    )
    .action(async (options: RunOptions & PoolOptions) => {
      await startChosenBackend(options);
      await withRunLock(options.out, alone("teacher-pool"), () =>
        runTeacherPool(options, terminalProgress(process.stderr)),
      );
    });
}

/** Stage 1 as the command line runs it. */
export async function runTeacherPool(options: RunOptions & PoolOptions, progress: Progress): Promise<void> {
  const { seed, steps, group, temperature, topK, topP, maxNewTokens } = options;
  const problems = drawProblems(await readProblems(options.problems), steps, seed);
  const [modelDir, teacherDir] = await Promise.all(
    [options.model, options.teacher].map((name) => resolveDir(name, options, progress)),
  );
  const folder = runLayout(options.out, defaultAdapter).pool;
  await withGrader(options, progress, async (grader, { executor, python }) => {
    const loaded = await loadModel(modelDir!, teacherDir!, options.beyondPositions);
    if (loaded.stop.note !== null) progress.note(loaded.stop.note);
    const identity = identityOf(loaded, {
      stage: "teacher-pool",
      vHackHash: null,
      seed,
      config: {
        group,
        temperature,
        topK,
        topP,
        maxNewTokens,
        teacher: await modelHash(teacherDir!),
        problems: await sha256OfFile(options.problems),
        executor,
        python,
        stopIds: loaded.stop.ids.join(),
        endOfTurnId: loaded.stop.endOfTurn,
        ...positionsRecord(options),
      },
    });
    if (options.overwrite) await rm(folder, { recursive: true, force: true });
    await teacherPool({ loaded, identity, folder, progress }, problems, grader, {
      group,
      rowsAtOnce: options.batch,
      sampling: { temperature, topK, topP, maxNewTokens, seed },
      stage: poolStage,
    });
    loaded.model.dispose();
  });
}
