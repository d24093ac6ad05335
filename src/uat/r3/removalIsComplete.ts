import type { StageEvidence } from "../evidence/evidence.ts";
import type { Condition } from "../common/measurement.ts";
import type { RecordedCosines } from "../common/recordedCosines.ts";

/** Goldens' tolerance of a float32 cosine. */
const cosineTolerance = 5e-5;

/**
 * After one-sided removal of at least the whole component, no module points hack-ward any more, so their mean cosine
 * cannot be positive: cos_out <= 0 to float32. A positive one says that part of the modules was left out.
 *
 * Stated only for steps whose manifest says so: gate one_sided, overshoot >= 1. (Other gates leave anti-hack components
 * reversed, and the mean may have either sign.)
 */
export function removalIsComplete(stage: StageEvidence, steps: readonly RecordedCosines[]): Condition[] {
  const whole = steps.filter((_, i) => removesWhole(stage[i]!.manifest?.config));
  if (whole.length === 0) return [];
  const partial = whole.filter(({ cosOut }) => !(cosOut <= cosineTolerance));
  const left = partial.reduce((sum, { cosIn, cosOut }) => sum + cosOut / cosIn, 0) / Math.max(1, partial.length);
  return [
    {
      name: "steps with hack-ward gradient left after removal",
      value: partial.length,
      relation: "at most",
      bound: 0,
      decides: "pass",
      cause: `${(100 * left).toFixed(0)}% of the alignment is left in ${partial.length} of ${whole.length} steps: the projection was applied to part of the modules only`,
    },
  ];
}

function removesWhole(config: Readonly<Record<string, unknown>> | undefined): boolean {
  const overshoot = config?.["overshoot"];
  return config?.["gate"] === "one_sided" && typeof overshoot === "number" && overshoot >= 1;
}
