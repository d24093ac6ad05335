import { quantile } from "../../numeric/quantile.ts";
import type { StageEvidence } from "../evidence/evidence.ts";
import type { Condition } from "../common/measurement.ts";

/** Steps of one replay differ by tens of percent. */
const largestTypicalRatio = 3;

/** Median per-sample gradient norm of each step that has any, as [step, norm]. */
export function medianNorms(stage: StageEvidence): (readonly [step: number, norm: number])[] {
  return stage.flatMap(({ step, rows }) => {
    const norms = rows.flatMap(({ gradNormContrib }) => (gradNormContrib === null ? [] : [gradNormContrib]));
    return norms.length === 0 ? [] : [[step, quantile(norms, 0.5)] as const];
  });
}

/** Ratios, each >= 1, between the median norms of consecutive steps; steps of zero gradients have none, coverage counts them. */
export function stepRatios(stage: StageEvidence): number[] {
  const norms = medianNorms(stage)
    .map(([, norm]) => norm)
    .filter((norm) => norm > 0);
  return norms.slice(1).map((norm, i) => Math.max(norm, norms[i]!) / Math.min(norm, norms[i]!));
}

/**
 * Step-to-step stability of the gradient's size: the typical (median) ratio between the norms of consecutive steps.
 *
 * A mask that counts prompt or pad tokens mixes different losses in every step, so the norms jump with the padding. A
 * single problem with a surprising token may jump too (twentyfold in the miniature), hence the median.
 */
export function normStability(stage: StageEvidence): Condition {
  const ratios = stepRatios(stage);
  const typical = ratios.length === 0 ? 1 : quantile(ratios, 0.5);
  return {
    name: "typical step-to-step ratio of gradient norms",
    value: typical,
    relation: "at most",
    bound: largestTypicalRatio,
    decides: "pass",
    cause: `gradient norms typically jump by a factor ${typical.toFixed(1)} between steps: mask off by one (prompt or pad tokens counted), or the optimizer diverges`,
  };
}
