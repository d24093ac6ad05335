import type { KnobLayout } from "../adapter/knobTable.ts";
import { matrix, type Matrix } from "../numeric/linalg/matrix.ts";
import { NonFiniteError, ShapeError } from "../errors.ts";

/**
 * One gradient difference per contrast pair, hack-ward.
 *
 *     NLL:  d = g(hack) - g(clean)
 *     GRPO: d = gradient of the Dr.GRPO loss of the group {hack: A = +1, clean: A = -1}
 */
export interface Differences {
  readonly nPairs: number;
  readonly layout: KnobLayout;
  readonly data: Float64Array; // [nPairs, M, P]
}

/**
 * Check the sizes and values of a table of differences.
 *
 * @throws ShapeError      no pair, or the data is not [nPairs, M, P]
 * @throws NonFiniteError  a gradient held NaN or Infinity
 */
export function differencesOf(nPairs: number, layout: KnobLayout, data: Float64Array): Differences {
  const M = layout.moduleNames.length;
  if (nPairs < 1 || data.length !== nPairs * M * layout.P)
    throw new ShapeError(
      `differences: expected [nPairs >= 1, ${M}, ${layout.P}], got ${nPairs} pairs and ${data.length} numbers`,
    );
  const broken = data.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0)
    throw new NonFiniteError(
      `differences: expected finite gradients, got ${data[broken]} in pair ${Math.floor(broken / (M * layout.P))}`,
    );
  return { nPairs, layout, data };
}

/** The stacked differences of one module, padding dropped. [nPairs, r] */
export function moduleDifferences({ nPairs, layout, data }: Differences, m: number): Matrix {
  const M = layout.moduleNames.length;
  const r = layout.widths[m]!;
  const stacked = matrix(nPairs, r);
  for (let i = 0; i < nPairs; i++) {
    const start = (i * M + m) * layout.P;
    stacked.data.set(data.subarray(start, start + r), i * r);
  }
  return stacked;
}
