import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { applyKnobs, type Adapter } from "../../adapter/adapter.ts";
import { listSteps, readStep, stepIsComplete, writeStep } from "../../artifact/manifest.ts";
import { stepExtras } from "../../artifact/runLayout.ts";
import { ArtifactError } from "../../errors.ts";
import { unitDirections } from "../../projection/directions.ts";
import { basisDrift, extractionBasis } from "./basisDrift.ts";
import { expectSameRun, type RunIdentity } from "../expectSameRun.ts";
import type { Progress } from "../progress.ts";
import { replayStep, type ReplaySettings, type ReplayTools } from "./replayStep.ts";
import { softwareVersion } from "../softwareVersion.ts";
import { readState, stateBytes } from "../stepFiles.ts";
import type { Student } from "../student.ts";

/**
 * Stage 3: replay the pool's rollouts through the student, step by step, by NLL.
 *
 *     gradients of all samples -> cosines with v_hack -> (projected arm: remove the hack-ward part) -> AdamW -> delta_S
 *
 * Each step file carries its rows, every sample's gradient and the state that the next step starts from, so that an
 * interrupted replay goes on bit for bit.
 *
 * @param pool    folder of the pool's steps
 * @param vHack   [M, k, P]
 * @throws ArtifactError  the pool is missing, was made with another model, or a finished step belongs to another run
 */
export async function replay(
  student: Student,
  adapter: Adapter,
  vHack: Tensor3D,
  settings: ReplaySettings,
  identity: RunIdentity,
  pool: string,
  folder: string,
  progress: Progress,
): Promise<void> {
  const steps = await listSteps(pool);
  if (steps.length === 0)
    throw new ArtifactError(`${pool}: expected a teacher pool, got no step file; make one with: vhack teacher-pool`);
  const finished = await finishedSteps(steps, folder, identity);
  const task = progress.begin(`replay ${settings.arm}`, steps.length - finished, "steps");
  let { knobs, optimizer } = await startingState(adapter, settings, folder, steps[finished - 1]);
  await applyKnobs(student.model, adapter, knobs);
  const v = unitDirections(vHack);
  const basis = await extractionBasis(adapter, v);
  const start = adapter.initialKnobs();
  for (const step of steps.slice(finished)) {
    const { rows: source, manifest } = await readStep(pool, step);
    expectPoolOfStudent(pool, student, manifest?.modelHash, manifest?.tokenizerHash);
    const tools: ReplayTools = { student, adapter, vHack, v, optimizer, start };
    const done = await replayStep(tools, settings, knobs, source, step);
    knobs.dispose();
    knobs = done.knobs;
    await applyKnobs(student.model, adapter, knobs);
    const values = (await knobs.data()) as Float32Array;
    const state = stateBytes({ knobs: values, optimizer: await optimizer.state() });
    const measurements = { ...done.measurements, ...basisDrift(adapter, basis, values) };
    const manifestOfStep = { softwareVersion, ...identity, measurements };
    await writeStep(
      folder,
      step,
      done.rows,
      student.tokenizer.padTokenId,
      manifestOfStep,
      new Map([
        [stepExtras.gradients, done.gradients],
        [stepExtras.state, state],
      ]),
    );
    task.advance(1);
  }
  student.model.useBase();
  tf.dispose([knobs, start, v]);
  optimizer.dispose();
  task.end();
}

async function finishedSteps(steps: readonly number[], folder: string, identity: RunIdentity): Promise<number> {
  for (const [place, step] of steps.entries()) {
    if (!(await stepIsComplete(folder, step))) return place;
    await expectSameRun(folder, step, identity);
  }
  return steps.length;
}

async function startingState(
  adapter: Adapter,
  { adamW, parts }: ReplaySettings,
  folder: string,
  lastStep: number | undefined,
) {
  const { moduleNames, P } = adapter.layout;
  if (lastStep === undefined)
    return { knobs: adapter.initialKnobs(), optimizer: parts.optimizer(moduleNames.length, P, adamW, null) };
  const state = await readState(folder, lastStep);
  return {
    knobs: tf.tensor2d(state.knobs, [moduleNames.length, P]),
    optimizer: parts.optimizer(moduleNames.length, P, adamW, state.optimizer),
  };
}

/** A pool of the research code has no manifest; then only its tokens can disagree, which the model's vocabulary bounds. */
function expectPoolOfStudent(
  pool: string,
  { hash, tokenizer }: Student,
  modelHash: string | undefined,
  tokenizerHash: string | undefined,
): void {
  const mismatch = (what: string, found: string, wanted: string) =>
    new ArtifactError(
      `${pool}: expected a pool of this ${what} (${wanted.slice(0, 12)}), got one of ${found.slice(0, 12)}; make it again with: vhack teacher-pool --overwrite`,
    );
  if (modelHash !== undefined && modelHash !== hash) throw mismatch("model", modelHash, hash);
  if (tokenizerHash !== undefined && tokenizerHash !== tokenizer.hash)
    throw mismatch("tokenizer", tokenizerHash, tokenizer.hash);
}
