import { z } from "zod";
import { readJson, writeJson } from "../../artifact/jsonFile.ts";
import { diskShape, fromDisk, toDisk, type RecordOf } from "../../artifact/recordTable.ts";
import { ArtifactError } from "../../errors.ts";

const figures = {
  t: ["t", z.number()], // Welch's t of R4 on the accepting run's pool
  tLow: ["t_low", z.number()], // its 95% interval, problems resampled
  tHigh: ["t_high", z.number()],
  effectSize: ["effect_size", z.number()],
  largestAngleDegrees: ["largest_angle_degrees", z.number().positive()], // by how much the subspace may turn, mean over modules
} as const;

const provenance = {
  why: ["why", z.string()], // given by whoever accepted it
  source: ["source", z.string()], // the command whose artifacts were accepted
  vHackSha256: ["v_hack_sha256", z.string()],
  modelHash: ["model_hash", z.string()],
  pairsSha256: ["pairs_sha256", z.string()],
  contrasts: ["contrasts", z.string()],
  problems: ["problems", z.number()],
  rows: ["rows", z.number()],
  seed: ["seed", z.number()],
  softwareVersion: ["software_version", z.string()],
} as const;

/** An accepted v_hack and what it achieved. Later ones are compared with it. */
export interface VHackBaseline extends RecordOf<typeof figures> {
  readonly provenance: RecordOf<typeof provenance>;
}

const schemaName = "vhack-baseline-1";
const baselineOnDisk = z.object({
  schema: z.literal(schemaName),
  ...diskShape(figures),
  provenance: z.object(diskShape(provenance)),
});

/** @throws ArtifactError  the file is missing, or not a baseline of this schema */
export async function readBaseline(path: string): Promise<VHackBaseline> {
  const { data, error } = baselineOnDisk.safeParse(await readJson(path));
  if (error !== undefined)
    throw new ArtifactError(
      `${path}: expected a v_hack baseline, got ${z.prettifyError(error)}; record one with: vhack accept-vhack`,
    );
  return { ...fromDisk(figures, data), provenance: fromDisk(provenance, data.provenance) };
}

export async function writeBaseline(path: string, baseline: VHackBaseline): Promise<void> {
  await writeJson(path, {
    schema: schemaName,
    ...toDisk(figures, baseline),
    provenance: toDisk(provenance, baseline.provenance),
  });
}
