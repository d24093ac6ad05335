import type { StageEvidence } from "../evidence/evidence.ts";
import type { Condition } from "../common/measurement.ts";

/** What float32 may differ by between a batch and its rows taken alone: the goldens' tolerance of a gradient. */
const float32Tolerance = 2e-4;

/**
 * Whether per-sample gradients are what each sample has when taken back alone; null where the steps do not say.
 *
 * Exact, where the order test of gradientLeak is statistical: a replay of ours takes one row a step back alone.
 */
export function leakCheck(stage: StageEvidence): Condition | null {
  const deviations = stage.map(({ manifest }) => manifest?.measurements?.["alone_deviation"]);
  if (!deviations.every((deviation) => deviation !== undefined)) return null;
  const worst = Math.max(...deviations);
  return {
    name: "a sample's gradient alone against in its batch",
    value: worst,
    relation: "at most",
    bound: float32Tolerance,
    decides: "pass",
    cause: `a sample's gradient differs by ${worst.toPrecision(2)} of its largest entry when it is taken back alone: per-sample gradients leak between samples`,
  };
}
