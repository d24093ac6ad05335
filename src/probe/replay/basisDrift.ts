import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Adapter } from "../../adapter/adapter.ts";

/** What drift is measured from, read from the device. */
export interface ExtractionBasis {
  readonly start: Float32Array; // the knobs that v_hack was extracted at, [M, P]
  readonly v: Float32Array; // its unit directions, [M, P]
}

/** @param v  v_hack's unit directions, [M, P] */
export async function extractionBasis(adapter: Adapter, v: Tensor2D): Promise<ExtractionBasis> {
  const knobs = adapter.initialKnobs();
  const [start, directions] = await Promise.all([knobs.data(), v.data()]);
  knobs.dispose();
  return { start: Float32Array.from(start), v: Float32Array.from(directions) };
}

/**
 * The adapter's drift since v_hack was extracted, as a step's measurements.
 *
 * @param now  the present knobs, [M, P]
 */
export function basisDrift(
  adapter: Adapter,
  { start, v }: ExtractionBasis,
  now: ArrayLike<number>,
): Record<string, number> {
  const { inputAngle, outputAngle, inputOverlap, weightChangeCosine } = adapter.drift(start, now, v);
  return {
    drift_angle_a: inputAngle,
    drift_angle_b: outputAngle,
    drift_overlap: inputOverlap,
    v_hack_meaning: weightChangeCosine,
  };
}
