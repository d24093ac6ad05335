import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { applyKnobs } from "../../adapter/adapter.ts";
import { listSteps, readStep, type StepManifest } from "../../artifact/manifest.ts";
import { stepExtras } from "../../artifact/runLayout.ts";
import { ArtifactError } from "../../errors.ts";
import { unitDirections } from "../../projection/directions.ts";
import { expectPoolFits } from "../expectPoolFits.ts";
import type { LoadedModel } from "../loadedModel.ts";
import type { TrainingRun } from "../run.ts";
import { readState, stateBytes } from "../stepFiles.ts";
import { finishedSteps, keepStep } from "../steps.ts";
import { basisDrift, extractionBasis } from "./basisDrift.ts";
import { replayStep, type ReplaySettings } from "./replayStep.ts";

/**
 * Stage 3: replay the pool's rollouts through the student, step by step, by NLL.
 *
 *     gradients of all samples -> cosines with v_hack -> (projected arm: remove the hack-ward part) -> AdamW -> delta_S
 *
 * Each step file carries its rows, every sample's gradient and the state that the next step starts from, so that an
 * interrupted replay goes on bit for bit.
 *
 * @param vHack   [M, k, P]
 * @param pool    folder of the pool's steps
 * @throws ArtifactError  the pool is missing, was made with another model, or a finished step belongs to another run
 */
export async function replay(run: TrainingRun, vHack: Tensor3D, settings: ReplaySettings, pool: string): Promise<void> {
  const { loaded, adapter } = run;
  const steps = await listSteps(pool);
  if (steps.length === 0)
    throw new ArtifactError(`${pool}: expected a teacher pool, got no step file; make one with: vhack teacher-pool`);
  const finished = await finishedSteps(run, steps);
  await expectPoolFits(loaded, pool, steps.slice(finished));
  const task = run.progress.begin(`replay ${settings.arm}`, steps.length - finished, "steps");
  let { knobs, optimizer } = await startingState(run, settings, steps[finished - 1]);
  await applyKnobs(loaded.model, adapter, knobs);
  const v = unitDirections(vHack);
  const basis = await extractionBasis(adapter, v);
  const tools = { student: run, vHack, v, optimizer, start: adapter.initialKnobs() };
  for (const step of steps.slice(finished)) {
    const { rows: source, manifest } = await readStep(pool, step);
    if (manifest !== null) expectPoolOf(loaded, manifest, pool);
    const { knobs: next, made } = await replayStep(tools, settings, { step, source, knobs });
    knobs.dispose();
    knobs = next;
    await applyKnobs(loaded.model, adapter, knobs);
    const values = (await knobs.data()) as Float32Array;
    const state = stateBytes({ knobs: values, optimizer: await optimizer.state() });
    await keepStep(run, step, {
      rows: made.rows,
      measurements: { ...made.measurements, ...basisDrift(adapter, basis, values) },
      extras: new Map([...made.extras, [stepExtras.state, state]]),
    });
    task.advance(1);
  }
  loaded.model.useBase();
  tf.dispose([knobs, tools.start, v]);
  optimizer.dispose();
  task.end();
}

async function startingState(
  { adapter, folder }: TrainingRun,
  { adamW, stage }: ReplaySettings,
  lastStep: number | undefined,
) {
  const { moduleNames, P } = adapter.layout;
  const optimizer = (state: Parameters<typeof stage.optimizer>[3]) =>
    stage.optimizer(moduleNames.length, P, adamW, state);
  if (lastStep === undefined) return { knobs: adapter.initialKnobs(), optimizer: optimizer(null) };
  const state = await readState(folder, lastStep);
  return { knobs: tf.tensor2d(state.knobs, [moduleNames.length, P]), optimizer: optimizer(state.optimizer) };
}

/** A pool of the research code has no manifest; then only its tokens can disagree, which the model's vocabulary bounds. */
function expectPoolOf({ hash, tokenizer }: LoadedModel, manifest: StepManifest, pool: string): void {
  for (const [what, found, wanted] of [
    ["model", manifest.modelHash, hash],
    ["tokenizer", manifest.tokenizerHash, tokenizer.hash],
  ] as const)
    if (found !== wanted)
      throw new ArtifactError(
        `${pool}: expected a pool of this ${what} (${wanted.slice(0, 12)}), got one of ${found.slice(0, 12)}; make it again with: vhack teacher-pool --overwrite`,
      );
}
