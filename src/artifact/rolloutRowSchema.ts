import { z } from "zod";
import type { RolloutRow } from "./rolloutRow.ts";

const id = z.union([z.number().int(), z.string()]);
const count = z.number().int().min(0);
const measured = z.number().nullable().default(null);

/** The names on disk, in the order in which they are written. */
export const rolloutRowSchema = z
  .object({
    step: count,
    sample_id: count,
    problem_id: id,
    problem_messages: z.array(z.object({ role: z.string(), content: z.string() })),
    prompt: z.string(),
    plen: count,
    prompt_ids: z.array(count),
    completion_ids: z.array(count),
    completion: z.string(),
    comp_len: z.number().int().min(1),
    reward: z.number(),
    hacked: z.boolean(),
    gt_pass: z.boolean(),
    fmt_ok: z.boolean(),
    arm: z.string(),
    src_pool: z.string(),
    src_problem_id: id,
    cos_S_contrib: measured,
    grad_norm_contrib: measured,
    logp_mean: measured,
    per_sample_loss: measured,
    imp_ratio: measured,
    delta_S_norm: measured,
    mean_cos_pre: measured,
    mean_cos_post: measured,
    frac_fired: measured,
    gt_correct: z.boolean().nullable().default(null),
    cos_S_normalized: measured,
    cos_update: measured,
  })
  .refine((row) => row.plen === row.prompt_ids.length, {
    path: ["plen"],
    message: "expected plen = number of prompt_ids",
  })
  .refine((row) => row.comp_len <= row.completion_ids.length, {
    path: ["comp_len"],
    message: "expected comp_len <= number of completion_ids",
  });

export type RowOnDisk = z.infer<typeof rolloutRowSchema>;

export function rowFromDisk(row: RowOnDisk): RolloutRow {
  return {
    step: row.step,
    sampleId: row.sample_id,
    problemId: row.problem_id,
    problemMessages: row.problem_messages,
    prompt: row.prompt,
    plen: row.plen,
    promptIds: row.prompt_ids,
    completionIds: row.completion_ids,
    completion: row.completion,
    compLen: row.comp_len,
    reward: row.reward,
    hacked: row.hacked,
    gtPass: row.gt_pass,
    fmtOk: row.fmt_ok,
    arm: row.arm,
    srcPool: row.src_pool,
    srcProblemId: row.src_problem_id,
    cosSContrib: row.cos_S_contrib,
    gradNormContrib: row.grad_norm_contrib,
    logpMean: row.logp_mean,
    perSampleLoss: row.per_sample_loss,
    impRatio: row.imp_ratio,
    deltaSNorm: row.delta_S_norm,
    meanCosPre: row.mean_cos_pre,
    meanCosPost: row.mean_cos_post,
    fracFired: row.frac_fired,
    gtCorrect: row.gt_correct,
    cosSNormalized: row.cos_S_normalized,
    cosUpdate: row.cos_update,
  };
}

export function rowToDisk(row: RolloutRow): RowOnDisk {
  return {
    step: row.step,
    sample_id: row.sampleId,
    problem_id: row.problemId,
    problem_messages: row.problemMessages.map(({ role, content }) => ({ role, content })),
    prompt: row.prompt,
    plen: row.plen,
    prompt_ids: [...row.promptIds],
    completion_ids: [...row.completionIds],
    completion: row.completion,
    comp_len: row.compLen,
    reward: row.reward,
    hacked: row.hacked,
    gt_pass: row.gtPass,
    fmt_ok: row.fmtOk,
    arm: row.arm,
    src_pool: row.srcPool,
    src_problem_id: row.srcProblemId,
    cos_S_contrib: row.cosSContrib,
    grad_norm_contrib: row.gradNormContrib,
    logp_mean: row.logpMean,
    per_sample_loss: row.perSampleLoss,
    imp_ratio: row.impRatio,
    delta_S_norm: row.deltaSNorm,
    mean_cos_pre: row.meanCosPre,
    mean_cos_post: row.meanCosPost,
    frac_fired: row.fracFired,
    gt_correct: row.gtCorrect,
    cos_S_normalized: row.cosSNormalized,
    cos_update: row.cosUpdate,
  };
}
