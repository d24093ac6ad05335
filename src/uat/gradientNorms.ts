import { quantile } from "../numeric/quantile.ts";
import type { StageEvidence } from "./evidence.ts";
import type { Condition } from "./measurement.ts";

/** An order of magnitude between two steps is no drift of training. */
const largestJump = 10;

/** Median per-sample gradient norm of each step that has any, as [step, norm]. */
export function medianNorms(stage: StageEvidence): (readonly [step: number, norm: number])[] {
  return stage.flatMap(({ step, rows }) => {
    const norms = rows.flatMap(({ gradNormContrib }) => (gradNormContrib === null ? [] : [gradNormContrib]));
    return norms.length === 0 ? [] : [[step, quantile(norms, 0.5)] as const];
  });
}

/**
 * Step-to-step stability of the gradient's size: the largest ratio between the median norms of consecutive steps.
 *
 * A mask that counts prompt or pad tokens mixes unlike losses, and the norms jump with the padding.
 */
export function normStability(stage: StageEvidence): Condition {
  const norms = medianNorms(stage);
  let jump = 1;
  for (let i = 1; i < norms.length; i++) {
    const [a, b] = [norms[i - 1]![1], norms[i]![1]];
    jump = Math.max(jump, Math.max(a, b) / Math.min(a, b));
  }
  return {
    name: "largest step-to-step ratio of gradient norms",
    value: jump,
    relation: "at most",
    bound: largestJump,
    decides: "pass",
    blame: `gradient norms jump by a factor ${jump.toFixed(1)} between steps: mask off by one (prompt or pad tokens counted), or the optimizer diverges`,
  };
}
