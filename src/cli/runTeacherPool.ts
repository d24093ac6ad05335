import { rm } from "node:fs/promises";
import { expectWritableFolder } from "../artifact/expectWritableFolder.ts";
import { defaultAdapter, runLayout } from "../artifact/runLayout.ts";
import { modelHash, sha256OfFile } from "../artifact/sha256.ts";
import { openGrader } from "../environment/grader.ts";
import { readProblems } from "../environment/problem.ts";
import { drawProblems } from "../probe/drawProblems.ts";
import { honestPool } from "../probe/pool/poolParts.ts";
import type { Progress } from "../probe/progress.ts";
import { openStudent } from "../probe/student.ts";
import { teacherPool } from "../probe/pool/teacherPool.ts";
import { chosenExecutor } from "./options/executor.ts";
import { resolveDir } from "./options/resolveDirs.ts";
import type { PoolOptions, RunOptions } from "./options/runOptions.ts";

/** Stage 1 as the command line runs it. */
export async function runTeacherPool(options: RunOptions & PoolOptions, progress: Progress): Promise<void> {
  const { seed, steps, group, temperature, topK, topP, maxNewTokens } = options;
  await expectWritableFolder(options.out);
  const problems = drawProblems(await readProblems(options.problems), steps, seed);
  const [modelDir, teacherDir] = await Promise.all(
    [options.model, options.teacher].map((name) => resolveDir(name, options.offline ?? false, progress)),
  );
  const { chosen, line } = await chosenExecutor(options);
  progress.note(line);
  const grader = openGrader(chosen.executor);
  try {
    const teacher = await openStudent(modelDir!, teacherDir!);
    if (teacher.stop.note !== null) progress.note(teacher.stop.note);
    const identity = {
      stage: "teacher-pool",
      modelHash: teacher.hash,
      tokenizerHash: teacher.tokenizer.hash,
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
        executor: chosen.name,
        python: chosen.executor.python,
        stopIds: teacher.stop.ids.join(),
        endOfTurnId: teacher.stop.endOfTurn,
      },
    };
    const folder = runLayout(options.out, defaultAdapter).pool;
    if (options.overwrite) await rm(folder, { recursive: true, force: true });
    const settings = {
      group,
      rowsAtOnce: options.batch,
      sampling: { temperature, topK, topP, maxNewTokens, seed },
      parts: honestPool,
    };
    await teacherPool(teacher, problems, grader, settings, identity, folder, progress);
    teacher.model.dispose();
  } finally {
    await grader.close();
  }
}
