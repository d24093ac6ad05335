import { norm } from "../../numeric/linalg/norm.ts";
import { mean } from "../../numeric/moments.ts";
import type { PairMeans } from "../../vhack/pairMeansFile.ts";
import type { VHack } from "../../vhack/vHackFile.ts";
import type { RowCosine } from "../common/scoredRows.ts";
import type { Found, Missing, Reading, Unusable } from "../evidence/evidence.ts";
import type { SampleGradients } from "../evidence/sampleGradients.ts";
import { pairFigures, type PairFigures } from "./madeOfItsPairs.ts";
import { analyticNull } from "./specificity.ts";

/** What v_hack is, beside what it does. */
export interface DirectionFigures {
  readonly contrasts: string | null; // what the pairs differ in; null where the file does not record it
  readonly pairs: Found<PairFigures> | Missing | Unusable;
  readonly randomInModule: number; // mean over modules of sqrt(k / r), a random direction's cosine there
  readonly sdOfRandom: number | null; // of cos_S_contrib under a random direction; null without rows
  readonly cosineWithMean: number | null; // see cosineWithMean; null without rows
}

/** @param direction  v_hack, flat [R] */
export function directionFigures(
  rows: readonly RowCosine[],
  direction: Float64Array,
  gradients: SampleGradients,
  vHack: VHack,
  means: Reading<PairMeans>,
): DirectionFigures {
  const hasRows = rows.length > 0;
  return {
    contrasts: vHack.metadata["contrasts"] ?? null,
    pairs: means.kind === "found" ? { ...means, value: pairFigures(vHack, means.value) } : means,
    randomInModule: mean([...vHack.modules.values()].map(({ k, r }) => Math.sqrt(k / r))),
    sdOfRandom: hasRows ? analyticNull(rows, direction, gradients.widths) : null,
    cosineWithMean: hasRows ? cosineWithMean(rows, direction, gradients.widths) : null,
  };
}

/** Mean over modules of the cosine between v_hack and the mean unit gradient of the rows; 0 where that mean vanishes. */
function cosineWithMean(rows: readonly RowCosine[], direction: Float64Array, widths: Int32Array): number {
  const sum = new Float64Array(direction.length);
  for (const { unit } of rows) unit!.forEach((value, i) => (sum[i]! += value));
  let offset = 0;
  const cosines: number[] = [];
  for (const width of widths) {
    const [v, g] = [direction.subarray(offset, offset + width), sum.subarray(offset, offset + width)];
    const length = norm(g);
    cosines.push(length === 0 ? 0 : v.reduce((dot, value, i) => dot + value * g[i]!, 0) / length);
    offset += width;
  }
  return mean(cosines);
}
