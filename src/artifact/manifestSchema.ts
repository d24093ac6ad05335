import { z } from "zod";
import type { StepManifest } from "./manifest.ts";

/** The names on disk. */
export const manifestSchema = z.object({
  schema_version: z.literal(1),
  stage: z.string(),
  config: z.record(z.string(), z.unknown()),
  model_hash: z.string(),
  v_hack_hash: z.string().nullable(),
  tokenizer_hash: z.string(),
  seed: z.number(),
  software_version: z.string(),
  rows_sha256: z.string(),
  extra_sha256: z.record(z.string(), z.string()).default({}),
  measurements: z.record(z.string(), z.number()).default({}),
});

export type ManifestOnDisk = z.infer<typeof manifestSchema>;

export function manifestFromDisk(row: ManifestOnDisk): StepManifest {
  return {
    schemaVersion: row.schema_version,
    stage: row.stage,
    config: row.config,
    modelHash: row.model_hash,
    vHackHash: row.v_hack_hash,
    tokenizerHash: row.tokenizer_hash,
    seed: row.seed,
    softwareVersion: row.software_version,
    rowsSha256: row.rows_sha256,
    extraSha256: row.extra_sha256,
    measurements: row.measurements,
  };
}

/** The manifest as JSON bytes; the same manifest gives the same bytes. */
export function manifestBytes(manifest: StepManifest): Uint8Array {
  const onDisk: z.input<typeof manifestSchema> = {
    schema_version: manifest.schemaVersion,
    stage: manifest.stage,
    config: manifest.config,
    model_hash: manifest.modelHash,
    v_hack_hash: manifest.vHackHash,
    tokenizer_hash: manifest.tokenizerHash,
    seed: manifest.seed,
    software_version: manifest.softwareVersion,
    rows_sha256: manifest.rowsSha256,
    extra_sha256: manifest.extraSha256,
    measurements: manifest.measurements,
  };
  return new TextEncoder().encode(`${JSON.stringify(onDisk, null, 2)}\n`);
}
