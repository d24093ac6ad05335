import { z } from "zod";
import { ArtifactError, NonFiniteError, ShapeError } from "../errors.ts";
import { jsonlGzBytes } from "./jsonlGz.ts";
import { readJsonl } from "./jsonLines.ts";
import { paddedIds, withoutMasked } from "./paddingMasks.ts";
import { diskShape, fromDisk, toDisk, type RecordOf } from "./recordTable.ts";

const id = z.union([z.number().int(), z.string()]);
const count = z.number().int().min(0);
const measured = z.number().nullable().default(null);

/** Names on disk are those of the research code. */
const table = {
  step: ["step", count],
  sampleId: ["sample_id", count],
  problemId: ["problem_id", id],
  problemMessages: ["problem_messages", z.array(z.object({ role: z.string(), content: z.string() }))],
  prompt: ["prompt", z.string()],
  plen: ["plen", count], // number of promptIds
  promptIds: ["prompt_ids", z.array(count)],
  completionIds: ["completion_ids", z.array(count)], // without padding, up to and including the stop id
  completion: ["completion", z.string()],
  compLen: ["comp_len", z.number().int().min(1)], // number of completionIds
  reward: ["reward", z.number()],
  hacked: ["hacked", z.boolean()],
  gtPass: ["gt_pass", z.boolean()],
  fmtOk: ["fmt_ok", z.boolean()],
  arm: ["arm", z.string()],
  srcPool: ["src_pool", z.string()],
  srcProblemId: ["src_problem_id", id],
  cosSContrib: ["cos_S_contrib", measured], // in [-sqrt(M), sqrt(M)]
  gradNormContrib: ["grad_norm_contrib", measured],
  logpMean: ["logp_mean", measured], // nats
  perSampleLoss: ["per_sample_loss", measured], // nats
  impRatio: ["imp_ratio", measured],
  deltaSNorm: ["delta_S_norm", measured],
  meanCosPre: ["mean_cos_pre", measured], // cos_in of the row's step
  meanCosPost: ["mean_cos_post", measured], // cos_out of the row's step
  fracFired: ["frac_fired", measured], // 0..1
  gtCorrect: ["gt_correct", z.boolean().nullable().default(null)],
  cosSNormalized: ["cos_S_normalized", measured], // in [-1, 1]
  cosUpdate: ["cos_update", measured], // in [-1, 1]
} as const;

/** One rollout: a prompt, a completion, its verdict, and what a replay measured on it (null where none did). */
export interface RolloutRow extends RecordOf<typeof table> {}

type Measurement = {
  [Name in keyof typeof table]: (typeof table)[Name][1] extends typeof measured ? Name : never;
}[keyof typeof table];

/** The measurements of a row before a replay or an update: null. */
export const unmeasured = Object.fromEntries(
  Object.entries(table).flatMap(([name, [, schema]]) => (schema === measured ? [[name, null]] : [])),
) as Readonly<Record<Measurement, null>>;

const rowOnDisk = z
  .object(diskShape(table))
  .refine((row) => row.plen === row.prompt_ids.length, {
    path: ["plen"],
    message: "expected plen = number of prompt_ids",
  })
  .refine((row) => row.comp_len <= row.completion_ids.length, {
    path: ["comp_len"],
    message: "expected comp_len <= number of completion_ids",
  })
  .refine((row) => new Set(row.completion_ids.slice(row.comp_len)).size <= 1, {
    path: ["completion_ids"],
    message: "expected one and the same padding id after the first comp_len ids",
  });

/**
 * Read the rows of a step file, ours or the research code's (.jsonl or .jsonl.gz).
 *
 * Numbers that are NaN, null or absent on disk are null; padding, also what masks of other software name, and names unknown
 * to us are dropped.
 *
 * @throws ArtifactError  the file is missing or cut short, or a row (named by line and field) is not a rollout
 */
export async function readRolloutRows(path: string): Promise<RolloutRow[]> {
  return readJsonl(path, (raw, where) => {
    const parsed = rowOnDisk.safeParse(unmasked(raw, where));
    if (parsed.success) return withoutPadding(fromDisk(table, parsed.data));
    const [issue] = parsed.error.issues;
    throw new ArtifactError(
      `${where}: expected a rollout row, got ${issue?.path.join(".")}: ${issue?.message}; was this file made by a probe stage?`,
    );
  });
}

/** The row without the ids that its masks call padding; a row without masks as it is. */
function unmasked(raw: unknown, where: string): unknown {
  const padded = paddedIds.safeParse(raw);
  const masks = padded.success
    ? [padded.data.attention_mask, padded.data.prompt_mask, padded.data.completion_mask]
    : [];
  if (!padded.success || masks.every((mask) => mask === undefined || mask === null)) return raw;
  const { promptIds, completionIds } = withoutMasked(padded.data, where);
  return { ...Object(raw), prompt_ids: promptIds, completion_ids: completionIds };
}

function withoutPadding(row: RolloutRow): RolloutRow {
  return { ...row, completionIds: row.completionIds.slice(0, row.compLen) };
}

/**
 * The bytes of a step file, the same for the same rows: completion ids right-padded to the longest of the rows.
 *
 * @throws ShapeError  `compLen` is not the number of completion ids: padding would be scored, or ids lost
 * @throws NonFiniteError  a row holds NaN or infinity: what was not measured is null, what was is finite
 */
export function rolloutRowsBytes(rows: readonly RolloutRow[], padTokenId: number): Uint8Array {
  for (const row of rows) expectWritable(row);
  const longest = rows.reduce((most, { compLen }) => Math.max(most, compLen), 0);
  return jsonlGzBytes(rows.map((row) => toDisk(table, padded(row, longest, padTokenId))));
}

function expectWritable(row: RolloutRow): void {
  for (const [name, value] of Object.entries(row))
    if (typeof value === "number" && !Number.isFinite(value))
      throw new NonFiniteError(
        `step ${row.step} sample ${row.sampleId}: expected a finite ${name} (or null), got ${value}`,
      );
  if (row.completionIds.length !== row.compLen)
    throw new ShapeError(
      `step ${row.step} sample ${row.sampleId}: expected ${row.compLen} completionIds (compLen), got ${row.completionIds.length}`,
    );
}

function padded(row: RolloutRow, length: number, padTokenId: number): RolloutRow {
  const padding = Array.from({ length: length - row.compLen }, () => padTokenId);
  return { ...row, completionIds: [...row.completionIds, ...padding] };
}
