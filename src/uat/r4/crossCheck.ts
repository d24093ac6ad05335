import type { Evidence, StageEvidence, VHackEvidence } from "../evidence/evidence.ts";
import type { Condition } from "../common/measurement.ts";
import type { SampleGradients } from "../evidence/sampleGradients.ts";
import { hackedRows, scoredAlong } from "../common/scoredRows.ts";
import { norm } from "../../numeric/linalg/norm.ts";

/** Goldens' tolerances of a float32 engine: cosines absolute (relative above 1), gradients relative. */
const cosineTolerance = 5e-5;
const gradientTolerance = 2e-4;

/**
 * The rows, the stored gradients and the v_hack file must agree: norms and cosines recomputed from the gradients are those
 * that the rows recorded.
 *
 * A v_hack file that the user names may differ from the one that the rows were made with. Then only norms are compared.
 */
export function crossCheck(
  { vHackIsGiven }: Evidence,
  vanilla: StageEvidence,
  gradients: SampleGradients,
  vHack: VHackEvidence,
  direction: Float64Array,
): Condition[] {
  const foreign = foreignNorms(vanilla, gradients);
  const conditions: Condition[] = [
    {
      name: "rows whose gradient norm is not that of their stored gradient",
      value: foreign,
      relation: "at most",
      bound: 0,
      decides: "pass",
      cause: `${foreign} rows record another gradient norm than their stored gradient has: the gradient files belong to another replay`,
    },
  ];
  const madeWithThis = vanilla.some(({ manifest }) => manifest !== null && manifest.vHackHash === vHack.sha256);
  if (vHackIsGiven && !madeWithThis) return conditions;
  const off = scoredAlong(hackedRows(vanilla, gradients), direction).filter(
    ({ recorded, cosine }) =>
      recorded !== null && !(Math.abs(recorded - cosine) <= cosineTolerance * Math.max(1, Math.abs(cosine))),
  );
  const largest = off.reduce((most, { recorded, cosine }) => Math.max(most, Math.abs(recorded! - cosine)), 0);
  conditions.push({
    name: "rows whose cos_S_contrib is not that of their stored gradient",
    value: off.length,
    relation: "at most",
    bound: 0,
    decides: "pass",
    cause: `rows were made with another v_hack: cos_S_contrib of ${off.length} rows differs from their stored gradients' by up to ${largest.toExponential(1)}`,
  });
  return conditions;
}

function foreignNorms(vanilla: StageEvidence, gradients: SampleGradients): number {
  return vanilla.reduce((count, { step, rows }) => {
    const stored = gradients.bySteps.get(step);
    if (stored === undefined) return count;
    return (
      count +
      rows.filter(({ gradNormContrib }, b) => {
        const length = norm(stored[b]!);
        return gradNormContrib !== null && !(Math.abs(gradNormContrib - length) <= gradientTolerance * length);
      }).length
    );
  }, 0);
}
