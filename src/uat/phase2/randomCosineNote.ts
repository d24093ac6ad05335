import type { Reading, VHackEvidence } from "../evidence/evidence.ts";
import type { Note } from "../common/measurement.ts";

/**
 * How large cosines with random directions are.
 *
 *     |projection of a unit vector on k random axes of r| is about sqrt(k / r); the mean of M signed cosines has standard
 *     deviation sqrt(mean_m 1 / r_m) / sqrt(M)
 */
export function randomCosineNote(vHack: Reading<VHackEvidence>): Note {
  const label = "cosine of a random direction";
  if (vHack.kind !== "found")
    return { label, text: "no v_hack to count directions of", values: { perModule: null, mean: null } };
  const modules = [...vHack.value.vHack.modules.values()];
  const average = (of: (module: (typeof modules)[number]) => number) =>
    modules.reduce((sum, module) => sum + of(module), 0) / modules.length;
  const perModule = average(({ k, r }) => Math.sqrt(k / r));
  const mean = Math.sqrt(average(({ r }) => 1 / r) / modules.length);
  return {
    label,
    text: `sqrt(k / r) = ${perModule.toFixed(3)} in a module; the mean over ${modules.length} modules has sd ${mean.toFixed(4)}`,
    values: { perModule, mean },
  };
}
