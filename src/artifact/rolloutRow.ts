import { ArtifactError, NonFiniteError } from "../errors.ts";
import { writeFileAtomic } from "./atomicFile.ts";
import type { ChatMessage } from "./chatMessage.ts";
import { jsonlGzBytes } from "./jsonlGz.ts";
import { readJsonl } from "./jsonLines.ts";
import { rolloutRowSchema, rowFromDisk, rowToDisk } from "./rolloutRowSchema.ts";

/** One rollout: a prompt, a completion, its verdict, and what a replay measured on it (null where none did). */
export interface RolloutRow {
  readonly step: number;
  readonly sampleId: number;
  readonly problemId: number | string;
  readonly problemMessages: readonly ChatMessage[];
  readonly prompt: string;
  readonly plen: number; // = promptIds.length
  readonly promptIds: readonly number[];
  readonly completionIds: readonly number[]; // right-padded to the group's longest
  readonly completion: string;
  readonly compLen: number; // ids up to and including the stop id; the rest is padding
  readonly reward: number;
  readonly hacked: boolean;
  readonly gtPass: boolean;
  readonly fmtOk: boolean;
  readonly arm: string;
  readonly srcPool: string;
  readonly srcProblemId: number | string;
  readonly cosSContrib: number | null; // in [-sqrt(M), sqrt(M)]
  readonly gradNormContrib: number | null;
  readonly logpMean: number | null; // nats
  readonly perSampleLoss: number | null; // nats
  readonly impRatio: number | null;
  readonly deltaSNorm: number | null;
  readonly meanCosPre: number | null; // cos_in of the row's step
  readonly meanCosPost: number | null; // cos_out of the row's step
  readonly fracFired: number | null; // 0..1
  readonly gtCorrect: boolean | null;
  readonly cosSNormalized: number | null; // in [-1, 1]
  readonly cosUpdate: number | null; // in [-1, 1]
}

/**
 * Read the rows of a step file, ours or the research code's (.jsonl or .jsonl.gz).
 *
 * Numbers that are NaN, null or absent on disk are null; names unknown to us are dropped.
 *
 * @throws ArtifactError  the file is missing or cut short, or a row (named by line and field) is not a rollout
 */
export async function readRolloutRows(path: string): Promise<RolloutRow[]> {
  return readJsonl(path, (raw, where) => {
    const parsed = rolloutRowSchema.safeParse(raw);
    if (parsed.success) return rowFromDisk(parsed.data);
    const [issue] = parsed.error.issues;
    throw new ArtifactError(
      `${where}: expected a rollout row, got ${issue?.path.join(".")}: ${issue?.message}; was this file made by a probe stage?`,
    );
  });
}

/** Write rows gzipped, whole or not at all; the same rows give the same bytes. @throws NonFiniteError  as `rolloutRowsBytes` */
export async function writeRolloutRows(path: string, rows: readonly RolloutRow[]): Promise<void> {
  await writeFileAtomic(path, rolloutRowsBytes(rows));
}

/**
 * The bytes of a step file.
 *
 * @throws NonFiniteError  a row holds NaN or infinity: what was not measured is null, what was is finite
 */
export function rolloutRowsBytes(rows: readonly RolloutRow[]): Uint8Array {
  for (const row of rows)
    for (const [name, value] of Object.entries(row))
      if (typeof value === "number" && !Number.isFinite(value))
        throw new NonFiniteError(
          `step ${row.step} sample ${row.sampleId}: expected a finite ${name} (or null), got ${value}`,
        );
  return jsonlGzBytes(rows.map(rowToDisk));
}

/** The ids that a loss scores: up to and including the stop id, without padding. */
export function scoredCompletionIds(row: RolloutRow): readonly number[] {
  return row.completionIds.slice(0, row.compLen);
}
