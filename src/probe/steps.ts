import { readManifest, stepIsComplete, writeStep, type NewStep } from "../artifact/manifest.ts";
import { stepPaths } from "../artifact/runLayout.ts";
import { ArtifactError } from "../errors.ts";
import type { Run, RunIdentity } from "./run.ts";
import { softwareVersion } from "./softwareVersion.ts";

type Place = Pick<Run, "folder" | "identity">;

/**
 * How many of these steps, from the first on, are finished: a stage whose steps build on each other goes on after them.
 *
 * @throws ArtifactError  a finished step belongs to another run, or is broken
 */
export async function finishedSteps(place: Place, steps: readonly number[]): Promise<number> {
  for (const [i, step] of steps.entries()) if (!(await isFinished(place, step))) return i;
  return steps.length;
}

/**
 * Which of these steps are still to be made, of a stage whose steps do not build on each other.
 *
 * @throws ArtifactError  as `finishedSteps`
 */
export async function openSteps(place: Place, steps: readonly number[]): Promise<number[]> {
  const open: number[] = [];
  for (const step of steps) if (!(await isFinished(place, step))) open.push(step);
  return open;
}

/** What a stage has made of one step. */
export interface MadeStep extends Pick<NewStep, "rows" | "extras"> {
  readonly measurements?: Readonly<Record<string, number>>;
}

/** Write a step with the manifest of its run. @throws NonFiniteError  a row holds NaN */
export async function keepStep(
  { folder, identity, loaded }: Pick<Run, "folder" | "identity" | "loaded">,
  step: number,
  { measurements, ...made }: MadeStep,
): Promise<void> {
  const manifest = { ...identity, softwareVersion, ...(measurements === undefined ? {} : { measurements }) };
  await writeStep(folder, step, { ...made, padTokenId: loaded.tokenizer.padTokenId, manifest });
}

async function isFinished({ folder, identity }: Place, step: number): Promise<boolean> {
  if (!(await stepIsComplete(folder, step))) return false;
  await expectSameRun(folder, step, identity);
  return true;
}

const compared = ["stage", "modelHash", "vHackHash", "tokenizerHash", "seed"] as const;

/** @throws ArtifactError  the step was made with other settings, another model or another v_hack; it says which */
async function expectSameRun(folder: string, step: number, run: RunIdentity): Promise<void> {
  const path = stepPaths(folder, step).manifest;
  const found = await readManifest(path);
  const [settingsFound, settings] = [settingsOf(found), settingsOf(run)];
  for (const name of new Set([...settings.keys(), ...settingsFound.keys()])) {
    const [is, wanted] = [settingsFound.get(name), settings.get(name)];
    if (is !== wanted)
      throw new ArtifactError(
        `${path}: expected a step of this run (${name} ${wanted}), got ${name} ${is}; choose another --out, or run with --overwrite`,
      );
  }
}

/** Everything that is compared, by name, as JSON: the fields of the config one by one. */
function settingsOf(run: RunIdentity): Map<string, string | undefined> {
  const fields = [...compared.map((field) => [field, run[field]] as const), ...Object.entries(run.config)];
  return new Map(fields.map(([name, value]) => [name, JSON.stringify(value)]));
}
