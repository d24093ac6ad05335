import { readManifest, type StepManifest } from "../artifact/manifest.ts";
import { stepPaths } from "../artifact/runLayout.ts";
import { ArtifactError } from "../errors.ts";

/** What decides a step's content; a finished step made under another may not be mixed with this run's. */
export type RunIdentity = Pick<StepManifest, "stage" | "config" | "modelHash" | "vHackHash" | "tokenizerHash" | "seed">;

const compared = ["stage", "modelHash", "vHackHash", "tokenizerHash", "seed"] as const;

/**
 * Check that a finished step belongs to this run.
 *
 * @throws ArtifactError  it was made with other settings, another model or another v_hack, saying which
 */
export async function expectSameRun(folder: string, step: number, run: RunIdentity): Promise<void> {
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
