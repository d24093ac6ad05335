import { readManifest, stepPaths, type StepManifest } from "../artifact/manifest.ts";
import { ArtifactError } from "../errors.ts";

/** What decides a step's content; a finished step made under another may not be mixed with this run's. */
export type RunIdentity = Pick<StepManifest, "stage" | "config" | "modelHash" | "vHackHash" | "tokenizerHash" | "seed">;

const compared = ["stage", "config", "modelHash", "vHackHash", "tokenizerHash", "seed"] as const;

/**
 * Check that a finished step belongs to this run.
 *
 * @throws ArtifactError  it was made with other settings, another model or another v_hack, saying which
 */
export async function expectSameRun(folder: string, step: number, run: RunIdentity): Promise<void> {
  const path = stepPaths(folder, step).manifest;
  const found = await readManifest(path);
  for (const field of compared) {
    const [is, wanted] = [JSON.stringify(found[field]), JSON.stringify(run[field])];
    if (is !== wanted)
      throw new ArtifactError(`${path}: expected a step of this run (${field} ${wanted}), got ${field} ${is}; choose another --out, or run with --overwrite`);
  }
}
