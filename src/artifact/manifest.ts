import { readdir, rm } from "node:fs/promises";
import { z } from "zod";
import { ArtifactError } from "../errors.ts";
import { writeFileAtomic } from "./atomicFile.ts";
import { fileExists } from "./fileExists.ts";
import { readJson, writeJson } from "./jsonFile.ts";
import { diskShape, fromDisk, toDisk, type RecordOf } from "./recordTable.ts";
import { readRolloutRows, rolloutRowsBytes, type RolloutRow } from "./rolloutRow.ts";
import { stepOfRows, stepPaths, type StepPaths } from "./runLayout.ts";
import { sha256OfBytes, sha256OfFile } from "./sha256.ts";

const table = {
  stage: ["stage", z.string()],
  config: ["config", z.record(z.string(), z.unknown())],
  modelHash: ["model_hash", z.string()],
  vHackHash: ["v_hack_hash", z.string().nullable()],
  tokenizerHash: ["tokenizer_hash", z.string()],
  seed: ["seed", z.number()],
  softwareVersion: ["software_version", z.string()],
  rowsSha256: ["rows_sha256", z.string()], // of the rows file
  extraSha256: ["extra_sha256", z.record(z.string(), z.string()).default({})], // of each other file of the step, by name
  measurements: ["measurements", z.record(z.string(), z.number()).optional()], // of the step as a whole
} as const;

/** How one step came about: beside `step_000.jsonl.gz` as `step_000.manifest.json`. */
export interface StepManifest extends RecordOf<typeof table> {}

/** A manifest as a stage gives it to `writeStep`, which takes the hashes of the files that it writes. */
export type NewManifest = Omit<StepManifest, "rowsSha256" | "extraSha256">;

/** Everything that is kept of a step. */
export interface NewStep {
  readonly rows: readonly RolloutRow[];
  /** what completion ids are padded with on disk */
  readonly padTokenId: number;
  readonly manifest: NewManifest;
  /** other files of the step by name (stepExtras), whole */
  readonly extras?: ReadonlyMap<string, Uint8Array>;
}

const schemaVersion = 1;
const manifestOnDisk = z.object({ schema_version: z.literal(schemaVersion), ...diskShape(table) });

/**
 * Read a step's manifest.
 *
 * @throws ArtifactError  it is missing, not JSON, of another schema version, or a field (named) is not as it should be
 */
export async function readManifest(path: string): Promise<StepManifest> {
  const parsed = manifestOnDisk.safeParse(await readJson(path));
  if (parsed.success) return fromDisk(table, parsed.data);
  const [issue] = parsed.error.issues;
  throw new ArtifactError(
    `${path}: expected a step manifest of schema version 1, got ${issue?.path.join(".")}: ${issue?.message}; make the step again with this version`,
  );
}

/**
 * Write one step so that a kill at any moment leaves it finished or not begun.
 *
 * Order: an old rows file goes first, then extras, then the manifest with the SHA-256 of each, and the rows file last:
 * a step is finished when its rows file is there.
 *
 * @throws NonFiniteError, ShapeError  as `rolloutRowsBytes`
 */
export async function writeStep(
  folder: string,
  step: number,
  { rows, padTokenId, manifest, extras = new Map() }: NewStep,
): Promise<void> {
  const paths = stepPaths(folder, step);
  const bytes = rolloutRowsBytes(rows, padTokenId);
  await rm(paths.rows, { force: true });
  for (const [name, content] of extras) await writeFileAtomic(paths.extra(name), content);
  const extraSha256 = Object.fromEntries([...extras].map(([name, content]) => [name, sha256OfBytes(content)]));
  const whole = { ...manifest, rowsSha256: sha256OfBytes(bytes), extraSha256 };
  await writeJson(paths.manifest, { schema_version: schemaVersion, ...toDisk(table, whole) });
  await writeFileAtomic(paths.rows, bytes);
}

/**
 * Whether a step is finished and unharmed; false when it was not begun or a kill cut it short.
 *
 * @throws ArtifactError  the rows file is there but its manifest is not, or a file is not the one that the manifest states
 */
export async function stepIsComplete(folder: string, step: number): Promise<boolean> {
  const paths = stepPaths(folder, step);
  if (!(await fileExists(paths.rows))) return false;
  if (!(await fileExists(paths.manifest)))
    throw new ArtifactError(
      `${paths.rows}: expected ${paths.manifest} beside it, got none: this step was made by other software; choose another output folder`,
    );
  await expectUnharmed(paths, await readManifest(paths.manifest));
  return true;
}

/**
 * Read one step: its rows, and its manifest or null where other software made the file and left none.
 *
 * @throws ArtifactError  the step is missing, cut short, or not the one that its manifest states
 */
export async function readStep(
  folder: string,
  step: number,
): Promise<{ rows: RolloutRow[]; manifest: StepManifest | null }> {
  const paths = stepPaths(folder, step);
  const manifest = (await fileExists(paths.manifest)) ? await readManifest(paths.manifest) : null;
  if (manifest !== null) await expectUnharmed(paths, manifest);
  return { rows: await readRolloutRows(paths.rows), manifest };
}

/** The steps whose rows file is in the folder, ascending; none when there is no folder. */
export async function listSteps(folder: string): Promise<number[]> {
  if (!(await fileExists(folder))) return [];
  const names = await readdir(folder);
  return names
    .map(stepOfRows)
    .filter((step) => step !== null)
    .toSorted((a, b) => a - b);
}

async function expectUnharmed(paths: StepPaths, manifest: StepManifest): Promise<void> {
  await expectSha256(paths.rows, manifest.rowsSha256, paths.manifest);
  for (const [name, sha256] of Object.entries(manifest.extraSha256))
    await expectSha256(paths.extra(name), sha256, paths.manifest);
}

async function expectSha256(path: string, sha256: string, manifestPath: string): Promise<void> {
  const found = await sha256OfFile(path);
  if (found !== sha256)
    throw new ArtifactError(
      `${path}: expected the content that ${manifestPath} states (sha256 ${sha256.slice(0, 12)}), got ${found.slice(0, 12)}; it was cut short or changed: delete both files and run the stage again`,
    );
}
