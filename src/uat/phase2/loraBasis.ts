import type { Reading, StageEvidence, VHackEvidence } from "../evidence/evidence.ts";
import type { Condition } from "../common/measurement.ts";
import { perStep } from "./trajectory.ts";

/** Entries of an honest direction that are exactly zero: none but by accident. */
const mostZero = 0.01;
/** Least cosine between v_hack's change of the weights and that at extraction. Below it v_hack means something else. */
const leastMeaning = 0.5;

/**
 * v_hack in LoRA knobs must reach both factors.
 *
 *     share of entries that are exactly zero, largest over modules that have a direction
 *
 * Where B was zero at extraction the gradient of A was exactly zero, and so is a quarter or more of each direction: what A
 * learns later is never projected.
 */
export function reachesBothFactors(vHack: Reading<VHackEvidence>): Condition[] {
  if (vHack.kind !== "found") return [];
  const shares = [...vHack.value.vHack.modules.values()]
    .map(({ v }) => v.filter((value) => value === 0).length / v.length)
    .filter((share) => share < 1);
  const most = shares.length === 0 ? Number.NaN : Math.max(...shares);
  return [
    {
      name: "largest share of a LoRA direction that is exactly zero",
      value: most,
      relation: "at most",
      bound: mostZero,
      decides: "pass",
      cause: `${(100 * most).toFixed(0)}% of v_hack_lora is exactly zero: LoRA's B was zero at extraction, so A got no gradient and is never projected`,
    },
  ];
}

/** v_hack must still change the weights as at extraction. Else a failed projection shows nothing about LoRA. */
export function stillMeansTheSame(projectedLora: StageEvidence): Condition {
  const least = Math.min(...perStep(projectedLora, "v_hack_meaning"));
  return {
    name: "v_hack's change of the weights, cosine with that at extraction",
    value: least,
    relation: "at least",
    bound: leastMeaning,
    decides: "pass",
    cause: `LoRA's basis drifted: v_hack's change of the weights has cosine ${least.toFixed(2)} with the one at extraction, so it no longer points at the hack subspace and cos_out approaches cos_in`,
  };
}
