import type { StageEvidence } from "../evidence/evidence.ts";
import type { Condition } from "../common/measurement.ts";

/** How much float32 gradients may differ between a batch and one row alone: the goldens' tolerance of a gradient. */
const float32Tolerance = 2e-4;

/**
 * Compare per-sample gradients with those of the same row in a batch of one; null where a step did not record it.
 *
 * Our replay does this for one row per step. The check is exact, where the order test of gradientLeak is statistical.
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
