import type { RolloutRow } from "../../artifact/rolloutRow.ts";
import type { StageEvidence } from "../evidence/evidence.ts";
import type { Condition } from "../common/measurement.ts";
import type { SampleGradients } from "../evidence/sampleGradients.ts";

/** Goldens' tolerance of a float32 NLL, relative. */
const nllTolerance = 3e-5;

/**
 * What can be checked of the loss mask from artifacts alone.
 *
 *  - the tokens that the engine scored are the row's completion: their count is comp_len, first and last id agree, and the
 *    first is scored by the logits of the last prompt position;
 *  - the NLL is minus the mean log-probability of the row;
 *  - equal completions of one prompt, scored at the same step, have equal NLL: else padding or a neighbour entered it.
 *
 * Checked where the artifacts hold what it takes; files of the research code hold less.
 */
export function maskConsistency(stage: StageEvidence, gradients: SampleGradients | null): Condition[] {
  const misplaced = gradients === null ? 0 : countMisplaced(stage, gradients);
  const ours = stage.filter(({ manifest }) => manifest !== null).flatMap(({ rows }) => rows);
  const unlike = ours.filter(
    (row) => row.perSampleLoss !== null && row.logpMean !== null && differ(row.perSampleLoss, -row.logpMean),
  ).length;
  const split = stage.reduce((count, { rows }) => count + unequalTwins(rows), 0);
  const atMostZero = { relation: "at most", bound: 0, decides: "pass" } as const;
  return [
    {
      ...atMostZero,
      name: "rows scored on other tokens than the completion's",
      value: misplaced,
      cause: `in ${misplaced} rows the engine scored other tokens than the completion's comp_len: mask off by one, NLL counts prompt or pad tokens`,
    },
    {
      ...atMostZero,
      name: "rows whose loss is not their NLL",
      value: unlike,
      cause: `in ${unlike} rows per_sample_loss is not -logp_mean: the loss is averaged over other tokens than the completion's`,
    },
    {
      ...atMostZero,
      name: "equal completions with unequal NLL",
      value: split,
      cause: `${split} pairs of equal completions of one prompt differ in NLL: pad tokens are counted, or samples leak into each other`,
    },
  ];
}

function countMisplaced(stage: StageEvidence, gradients: SampleGradients): number {
  let misplaced = 0;
  for (const { step, rows } of stage) {
    const scored = gradients.scoredBySteps.get(step);
    if (scored === undefined) continue;
    rows.forEach(({ plen, compLen, completionIds }, b) => {
      const { count, firstId, lastId, from } = scored[b]!;
      const shifted = from !== null && from !== plen - 1;
      if (shifted || count !== compLen || firstId !== completionIds[0] || lastId !== completionIds.at(-1)) misplaced++;
    });
  }
  return misplaced;
}

function unequalTwins(rows: readonly RolloutRow[]): number {
  const seen = new Map<string, number>();
  let unequal = 0;
  for (const row of rows) {
    const { prompt, completionIds, logpMean } = row;
    if (logpMean === null) continue;
    const key = `${prompt} ${completionIds.join()}`;
    const twin = seen.get(key);
    if (twin === undefined) seen.set(key, logpMean);
    else if (differ(twin, logpMean)) unequal++;
  }
  return unequal;
}

function differ(a: number, b: number): boolean {
  return !(Math.abs(a - b) <= nllTolerance * Math.max(1, Math.abs(a), Math.abs(b)));
}
