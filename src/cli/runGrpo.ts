import { rm } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { armName, runLayout } from "../artifact/runLayout.ts";
import { modelHash, sha256OfFile } from "../artifact/sha256.ts";
import { openGrader, type Grader } from "../environment/grader.ts";
import { readProblems, type Problem } from "../environment/problem.ts";
import { seededRng } from "../numeric/rng.ts";
import { grpo } from "../probe/grpo/grpo.ts";
import { pooledRollouts, problemsInPool, readPoolRows, type PoolRows } from "../probe/grpo/grpoCachedPool.ts";
import { examProblems, problemsOfStep } from "../probe/grpo/grpoProblems.ts";
import { rollouts } from "../probe/grpo/grpoRollouts.ts";
import type { GrpoSettings } from "../probe/grpo/grpoSettings.ts";
import { makeTeacherRows, openTeacherSteps } from "../probe/grpo/grpoTeacher.ts";
import { openAdapter } from "../probe/openAdapter.ts";
import type { Progress } from "../probe/progress.ts";
import { openStudent } from "../probe/student.ts";
import { vHackOfBasis } from "../probe/vHackOfBasis.ts";
import { loadTokenizer } from "../checkpoint/tokenizer.ts";
import { chosenExecutor } from "./options/executor.ts";
import { randomDirections } from "../vhack/controls.ts";
import { readVHack } from "../vhack/vHackFile.ts";
import { vHackTable } from "../vhack/vHackTable.ts";
import { grpoSettings, withAdapterOfArm, type GrpoOptions } from "./grpoOptions.ts";
import { adapterChoice } from "./options/runOptions.ts";
import { resolveDir } from "./options/resolveDirs.ts";

/** The trajectory probe as the command line runs it: teacher rows first (once per seed), then the arm. */
export async function runGrpo(given: GrpoOptions, progress: Progress): Promise<void> {
  const options = withAdapterOfArm(given);
  const settings = grpoSettings(options);
  const [modelDir, teacherDir] = await Promise.all(
    [options.model, options.teacher].map((name) => resolveDir(name, options.offline ?? false, progress)),
  );
  const { chosen, line } = await chosenExecutor(options);
  progress.note(line);
  const grader = openGrader(chosen.executor);
  try {
    const shared = {
      problems: await sha256OfFile(options.problems),
      teacher: await modelHash(teacherDir!),
      executor: chosen.name,
      python: chosen.executor.python,
    };
    const problems = await teacherRows(options, settings, shared, modelDir!, teacherDir!, grader, progress);
    if (!options.teacherOnly) await trainArm(options, settings, shared, modelDir!, problems, grader, progress);
  } finally {
    await grader.close();
  }
}

type Shared = Record<"problems" | "teacher" | "executor", string>;

/** Make the teacher's rows that are still missing, and say which problems the run draws from. */
async function teacherRows(
  options: GrpoOptions,
  settings: GrpoSettings,
  shared: Shared,
  modelDir: string,
  teacherDir: string,
  grader: Grader,
  progress: Progress,
): Promise<Problem[]> {
  const { seed, out, teacherPool } = options;
  const { promptsPerStep, teacherRollouts, rowsAtOnce, sampling, steps } = settings;
  const all = await readProblems(options.problems);
  const hash = await modelHash(modelDir);
  const pool: PoolRows | null = teacherPool === undefined ? null : await readPoolRows(teacherPool, hash);
  const problems = pool === null ? all : problemsInPool(all, pool, teacherRollouts, teacherPool!);
  if (teacherRollouts === 0) return problems;
  const config = { ...shared, promptsPerStep, teacherRollouts, sampling, pool: teacherPool ?? "live" };
  const identity = {
    stage: "grpo teacher",
    modelHash: hash,
    tokenizerHash: (await loadTokenizer(modelDir)).hash,
    vHackHash: null,
    seed,
    config,
  };
  const folder = runLayout(out, options.adapter).teacherRows(seed);
  if (options.overwrite) await rm(folder, { recursive: true, force: true });
  const open = await openTeacherSteps(folder, steps, identity);
  if (open.length === 0) return problems;
  const teacher = await openStudent(modelDir, teacherDir);
  const make = (step: number) => {
    const asked = problemsOfStep(problems, promptsPerStep, seed, step);
    if (pool !== null) return pooledRollouts(teacher, asked, pool, teacherRollouts, rowsAtOnce, seed, step);
    const source = { step, arm: "teacher", srcPool: "teacher" };
    return rollouts(teacher, asked, grader, {
      perProblem: teacherRollouts,
      firstSampleId: 0,
      rowsAtOnce,
      sampling,
      source,
      stream: `teacher/${step}`,
    });
  };
  await makeTeacherRows(open, make, teacher.tokenizer.padTokenId, identity, folder, progress);
  teacher.model.dispose();
  return problems;
}

async function trainArm(
  options: GrpoOptions,
  settings: GrpoSettings,
  shared: Shared,
  modelDir: string,
  problems: readonly Problem[],
  grader: Grader,
  progress: Progress,
): Promise<void> {
  const { seed, out } = options;
  const layout = runLayout(out, options.adapter);
  const vHackFile = options.vHackPath ?? layout.vHack("nll");
  const student = await openStudent(modelDir, null);
  const adapter = await openAdapter(student, adapterChoice(options), options.cache, progress);
  const vHack = vHackOfBasis(await readVHack(vHackFile), adapter, vHackFile);
  const table = onDevice(vHackTable(vHack, adapter.layout));
  const random = { ...vHack, modules: randomDirections(vHack.modules, seededRng(seed, "grpo random v")) };
  const direction = settings.arm === "random_v" ? onDevice(vHackTable(random, adapter.layout)) : tf.clone(table);
  const { remove: _, steps: __, ...config } = settings; // a function has no record; more steps are the same run
  const { gate, overshoot, preserveMagnitude } = options;
  const identity = {
    stage: `grpo ${armName(settings.arm, options.adapter)}`,
    modelHash: student.hash,
    tokenizerHash: student.tokenizer.hash,
    vHackHash: await sha256OfFile(vHackFile),
    seed,
    config: {
      ...config,
      ...shared,
      adapter: adapter.basis,
      gate,
      overshoot,
      preserveMagnitude: preserveMagnitude ?? false,
      heldout: await sha256OfFile(options.heldout),
      pool: options.teacherPool ?? "live",
    },
  };
  const folder = layout.trajectory(settings.arm, seed);
  if (options.overwrite) await rm(folder, { recursive: true, force: true });
  const exams = {
    train: examProblems(problems, settings.exams.problems, seed),
    heldout: examProblems(await readProblems(options.heldout), settings.exams.problems, seed),
  };
  const data = { problems, exams, teacherFolder: layout.teacherRows(seed) };
  await grpo(student, adapter, table, direction, data, grader, settings, identity, folder, progress);
  tf.dispose([table, direction] satisfies (Tensor2D | Tensor3D)[]);
  adapter.dispose();
  student.model.dispose();
}

function onDevice({ data, shape }: ReturnType<typeof vHackTable>): Tensor3D {
  return tf.tensor3d(data, shape);
}
