import type { Tensor3D } from "@tensorflow/tfjs-core";
import { applyKnobs, type Adapter } from "../../adapter/adapter.ts";
import { stepIsComplete, writeStep } from "../../artifact/manifest.ts";
import { stepExtras } from "../../artifact/runLayout.ts";
import type { Grader } from "../../environment/grader.ts";
import type { Problem } from "../../environment/problem.ts";
import { unitDirections } from "../../projection/directions.ts";
import { basisDrift, extractionBasis } from "../replay/basisDrift.ts";
import { expectSameRun, type RunIdentity } from "../expectSameRun.ts";
import { exam, type ExamSets } from "./grpoExam.ts";
import { disposeKnobs, type GrpoKnobs } from "./grpoKnobs.ts";
import { problemsOfStep } from "./grpoProblems.ts";
import { rollouts, type Rollout } from "./grpoRollouts.ts";
import { type GrpoSettings } from "./grpoSettings.ts";
import { grpoStateBytes, resumedKnobs, startingKnobs } from "./grpoState.ts";
import { applyPolicy, grpoUpdate, type GrpoTools } from "./grpoStep.ts";
import { readTeacherRows } from "./grpoTeacher.ts";
import type { Progress } from "../progress.ts";
import { softwareVersion } from "../softwareVersion.ts";
import type { Student } from "../student.ts";

/** What a run learns from and is examined on. */
export interface GrpoData {
  readonly problems: readonly Problem[];
  readonly exams: ExamSets;
  readonly teacherFolder: string;
}

/**
 * The mixed-policy trajectory probe: does the policy gradient push toward hacking, and does the projection slow it?
 *
 *     student rollouts at the present knobs, graded live  +  teacher rollouts  ->  Dr.GRPO gradient  ->  arm  ->  knobs
 *     every few steps: an exam of the deployed policy on training prompts and on held-out ones
 *
 * Each step file carries its rows, the step's measurements (ratio histograms among them) and the state that the next step
 * starts from; randomness is named, not carried. An interrupted run goes on bit for bit.
 *
 * @param direction  what the gate removes: v_hack itself, or random rows of its shape
 * @throws ArtifactError  a finished step belongs to another run, or the teacher's rows are missing
 */
export async function grpo(
  student: Student,
  adapter: Adapter,
  vHack: Tensor3D,
  direction: Tensor3D,
  data: GrpoData,
  grader: Grader,
  settings: GrpoSettings,
  identity: RunIdentity,
  folder: string,
  progress: Progress,
): Promise<void> {
  const finished = await finishedSteps(settings.steps, folder, identity);
  const task = progress.begin(`grpo ${settings.arm}`, settings.steps - finished, "steps");
  const start = adapter.initialKnobs();
  const v = unitDirections(vHack);
  const basis = await extractionBasis(adapter, v);
  const tools: GrpoTools = { student, adapter, vHack, v, direction, start };
  let knobs =
    finished === 0 ? startingKnobs(adapter, settings) : await resumedKnobs(adapter, settings, folder, finished - 1);
  await applyPolicy(student, adapter, knobs);
  for (let step = finished; step < settings.steps; step++) {
    const before = step === 0 ? prefixed("start_", await exam(student, data.exams, grader, settings, step)) : {};
    const groups = await groupsOfStep(student, data, grader, settings, identity.seed, step);
    const done = await grpoUpdate(tools, settings, knobs, groups);
    knobs = done.knobs;
    const after =
      (step + 1) % settings.exams.every === 0
        ? await examDeployed(tools, knobs, data.exams, grader, settings, step)
        : {};
    const measurements = {
      ...done.measurements,
      ...before,
      ...after,
      ...basisDrift(adapter, basis, await knobs.deployed.data()),
    };
    const manifest = { softwareVersion, ...identity, measurements };
    const state = new Map([[stepExtras.state, await grpoStateBytes(knobs)]]);
    await writeStep(folder, step, done.rows, student.tokenizer.padTokenId, manifest, state);
    task.advance(1);
  }
  student.model.useBase();
  disposeKnobs(knobs);
  start.dispose();
  v.dispose();
  task.end();
}

async function finishedSteps(steps: number, folder: string, identity: RunIdentity): Promise<number> {
  for (let step = 0; step < steps; step++) {
    if (!(await stepIsComplete(folder, step))) return step;
    await expectSameRun(folder, step, identity);
  }
  return steps;
}

/** One group per problem: the teacher's rows, then the student's fresh ones. */
async function groupsOfStep(
  student: Student,
  { problems, teacherFolder }: GrpoData,
  grader: Grader,
  settings: GrpoSettings,
  seed: number,
  step: number,
): Promise<Rollout[][]> {
  const { promptsPerStep, studentRollouts, teacherRollouts, rowsAtOnce, sampling, arm } = settings;
  const asked = problemsOfStep(problems, promptsPerStep, seed, step);
  const request = {
    perProblem: studentRollouts,
    firstSampleId: teacherRollouts,
    rowsAtOnce,
    sampling,
    source: { step, arm, srcPool: "student" },
    stream: `student/${step}`,
  };
  const fresh = await rollouts(student, asked, grader, request);
  const teacher = teacherRollouts === 0 ? [] : await readTeacherRows(teacherFolder, step);
  return asked.map((_, p) => [
    ...teacher
      .slice(p * teacherRollouts, (p + 1) * teacherRollouts)
      .map((rollout) => ({ ...rollout, row: { ...rollout.row, arm } })),
    ...fresh[p]!,
  ]);
}

/** The exam is taken by what would be deployed: without the quarantined knob. */
async function examDeployed(
  { student, adapter }: GrpoTools,
  knobs: GrpoKnobs,
  sets: ExamSets,
  grader: Grader,
  settings: GrpoSettings,
  step: number,
): Promise<Record<string, number>> {
  if (settings.arm !== "routed") return exam(student, sets, grader, settings, step);
  await applyKnobs(student.model, adapter, knobs.deployed);
  const measured = await exam(student, sets, grader, settings, step);
  await applyPolicy(student, adapter, knobs);
  return measured;
}

function prefixed(prefix: string, measured: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(measured).map(([name, value]) => [prefix + name, value]));
}
