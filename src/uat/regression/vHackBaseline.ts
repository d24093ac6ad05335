import { z } from "zod";
import { readJson, writeJson } from "../../artifact/jsonFile.ts";
import { ArtifactError } from "../../errors.ts";

/** An accepted v_hack and what it achieved. Later ones are compared with it. */
export interface VHackBaseline {
  readonly t: number; // Welch's t of R4 on the accepting run's pool
  readonly tLow: number; // its 95% interval, problems resampled
  readonly tHigh: number;
  readonly effectSize: number;
  readonly largestAngleDegrees: number; // by how much the subspace may turn, mean over modules
  readonly provenance: BaselineProvenance;
}

export interface BaselineProvenance {
  readonly why: string; // given by whoever accepted it
  readonly source: string; // the command whose artifacts were accepted
  readonly vHackSha256: string;
  readonly modelHash: string;
  readonly pairsSha256: string;
  readonly contrasts: string;
  readonly problems: number;
  readonly rows: number;
  readonly seed: number;
  readonly softwareVersion: string;
}

const schema = z.object({
  schema: z.literal("vhack-baseline-1"),
  t: z.number(),
  t_low: z.number(),
  t_high: z.number(),
  effect_size: z.number(),
  largest_angle_degrees: z.number().positive(),
  provenance: z.object({
    why: z.string(),
    source: z.string(),
    v_hack_sha256: z.string(),
    model_hash: z.string(),
    pairs_sha256: z.string(),
    contrasts: z.string(),
    problems: z.number(),
    rows: z.number(),
    seed: z.number(),
    software_version: z.string(),
  }),
});

/** @throws ArtifactError  the file is missing, or not a baseline of this schema */
export async function readBaseline(path: string): Promise<VHackBaseline> {
  const parsed = schema.safeParse(await readJson(path));
  if (!parsed.success)
    throw new ArtifactError(
      `${path}: expected a v_hack baseline, got ${z.prettifyError(parsed.error)}; record one with: vhack accept-vhack`,
    );
  const { t, t_low, t_high, effect_size, largest_angle_degrees, provenance: p } = parsed.data;
  return {
    t,
    tLow: t_low,
    tHigh: t_high,
    effectSize: effect_size,
    largestAngleDegrees: largest_angle_degrees,
    provenance: {
      why: p.why,
      source: p.source,
      vHackSha256: p.v_hack_sha256,
      modelHash: p.model_hash,
      pairsSha256: p.pairs_sha256,
      contrasts: p.contrasts,
      problems: p.problems,
      rows: p.rows,
      seed: p.seed,
      softwareVersion: p.software_version,
    },
  };
}

export async function writeBaseline(
  path: string,
  { t, tLow, tHigh, effectSize, largestAngleDegrees, provenance: p }: VHackBaseline,
): Promise<void> {
  const onDisk: z.input<typeof schema> = {
    schema: "vhack-baseline-1",
    t,
    t_low: tLow,
    t_high: tHigh,
    effect_size: effectSize,
    largest_angle_degrees: largestAngleDegrees,
    provenance: {
      why: p.why,
      source: p.source,
      v_hack_sha256: p.vHackSha256,
      model_hash: p.modelHash,
      pairs_sha256: p.pairsSha256,
      contrasts: p.contrasts,
      problems: p.problems,
      rows: p.rows,
      seed: p.seed,
      software_version: p.softwareVersion,
    },
  };
  await writeJson(path, onDisk);
}
