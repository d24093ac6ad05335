import * as tf from "@tensorflow/tfjs-core";
import { stepExtras } from "../../artifact/runLayout.ts";
import type { Problem } from "../../environment/problem.ts";
import { seededRng } from "../../numeric/rng.ts";
import { unitDirections } from "../../projection/directions.ts";
import { randomDirections } from "../../vhack/controls.ts";
import { deviceTable, type OpenVHack } from "../openVHack.ts";
import { basisDrift, extractionBasis } from "../replay/basisDrift.ts";
import type { TrainingRun } from "../run.ts";
import { finishedSteps, keepStep } from "../steps.ts";
import { evaluate, evaluateDeployed, type EvaluationSets } from "./grpoEvaluation.ts";
import { applyPolicy, disposeKnobs } from "./grpoKnobs.ts";
import { problemsOfStep } from "./grpoProblems.ts";
import { expectRoomForAll, rollouts, type Rollout } from "./grpoRollouts.ts";
import type { GrpoSettings } from "./grpoSettings.ts";
import { grpoStateBytes, resumedKnobs, startingKnobs } from "./grpoState.ts";
import { grpoUpdate, type GrpoTools } from "./grpoStep.ts";
import { readTeacherRows } from "./grpoTeacher.ts";

/** What a run learns from and is evaluated on. */
export interface GrpoData {
  readonly problems: readonly Problem[];
  readonly evaluation: EvaluationSets;
  readonly teacherFolder: string;
}

/**
 * The mixed-policy trajectory probe: does the policy gradient push toward hacking, and does the projection slow it?
 *
 *     student rollouts at the present knobs, graded live  +  teacher rollouts  ->  Dr.GRPO gradient  ->  arm  ->  knobs
 *     every few steps: an evaluation of the deployed policy on training prompts and on held-out ones
 *
 * Each step file carries its rows, the step's measurements (ratio histograms among them) and the state that the next step
 * starts from; randomness is named, not carried. An interrupted run goes on bit for bit.
 *
 * @throws ArtifactError  a finished step belongs to another run, or the teacher's rows are missing
 */
export async function grpo(run: TrainingRun, vHack: OpenVHack, settings: GrpoSettings, data: GrpoData): Promise<void> {
  const { loaded, adapter, folder } = run;
  const steps = Array.from({ length: settings.steps }, (_, step) => step);
  const finished = await finishedSteps(run, steps);
  expectRoomForAll(
    loaded,
    [
      ...steps
        .slice(finished)
        .flatMap((step) => problemsOfStep(data.problems, settings.promptsPerStep, run.identity.seed, step)),
      ...data.evaluation.train,
      ...data.evaluation.heldout,
    ],
    settings.sampling.maxNewTokens,
  );
  const task = run.progress.begin(`grpo ${settings.arm}`, settings.steps - finished, "steps");
  const tools = toolsOf(run, vHack, settings);
  const basis = await extractionBasis(adapter, tools.v);
  const evaluation = (step: number) => evaluate(loaded, data.evaluation, settings, step);
  let knobs =
    finished === 0 ? startingKnobs(adapter, settings) : await resumedKnobs(adapter, settings, folder, finished - 1);
  await applyPolicy(run, knobs);
  for (const step of steps.slice(finished)) {
    const before = step === 0 ? prefixed("start_", await evaluation(step)) : {};
    const done = await grpoUpdate(tools, settings, knobs, await groupsOfStep(run, settings, data, step));
    knobs = done.knobs;
    const isDue = (step + 1) % settings.evaluation.every === 0;
    const after = isDue ? await evaluateDeployed(run, knobs, () => evaluation(step)) : {};
    const drift = basisDrift(adapter, basis, await knobs.deployed.data());
    await keepStep(run, step, {
      rows: done.rows,
      measurements: { ...done.measurements, ...before, ...after, ...drift },
      extras: new Map([[stepExtras.state, await grpoStateBytes(knobs)]]),
    });
    task.advance(1);
  }
  loaded.model.useBase();
  disposeKnobs(knobs);
  tf.dispose([tools.start, tools.v, tools.direction]);
  task.end();
}

/** The gate of arm random_v removes random rows of v_hack's shape; that of every other arm removes v_hack. */
function toolsOf(run: TrainingRun, { vHack, table }: OpenVHack, { arm }: GrpoSettings): GrpoTools {
  const random = () => randomDirections(vHack.modules, seededRng(run.identity.seed, "grpo random v"));
  const direction =
    arm === "random_v" ? deviceTable({ ...vHack, modules: random() }, run.adapter.layout) : tf.clone(table);
  return { student: run, vHack: table, v: unitDirections(table), direction, start: run.adapter.initialKnobs() };
}

/** One group per problem: the teacher's rows, then the student's fresh ones. */
async function groupsOfStep(
  { loaded, identity }: TrainingRun,
  settings: GrpoSettings,
  { problems, teacherFolder, evaluation }: GrpoData,
  step: number,
): Promise<Rollout[][]> {
  const { promptsPerStep, studentRollouts, teacherRollouts, rowsAtOnce, sampling, arm } = settings;
  const asked = problemsOfStep(problems, promptsPerStep, identity.seed, step);
  const fresh = await rollouts(loaded, asked, evaluation.grader, {
    perProblem: studentRollouts,
    firstSampleId: teacherRollouts,
    rowsAtOnce,
    sampling,
    source: { step, arm, srcPool: "student" },
    stream: `student/${step}`,
  });
  const teacher = teacherRollouts === 0 ? [] : await readTeacherRows(teacherFolder, step);
  return asked.map((_, p) => [
    ...teacher
      .slice(p * teacherRollouts, (p + 1) * teacherRollouts)
      .map((rollout) => ({ ...rollout, row: { ...rollout.row, arm } })),
    ...fresh[p]!,
  ]);
}

function prefixed(prefix: string, measured: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(measured).map(([name, value]) => [prefix + name, value]));
}
