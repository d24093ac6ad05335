import { matMul, matrix, transpose, type Matrix } from "../numeric/linalg/matrix.ts";
import { norm } from "../numeric/linalg/norm.ts";
import { moduleDifferences, type Differences } from "./differences.ts";
import type { HackDirections } from "./vHackFile.ts";

/**
 * The unit mean of the pair differences, per module: k = 1, the default direction.
 *
 *     v = mean_i d_i / |mean_i d_i|                [1, r]
 *     s = |D v|                                    what a singular value would be, D = stacked d_i [nPairs, r]
 *
 * It needs no vote: <v, mean d> > 0 by construction. A module whose differences cancel or vanish gets the zero direction.
 */
export function extractMean(differences: Differences): Map<string, HackDirections> {
  return new Map(
    differences.layout.moduleNames.map((moduleName, m) => {
      const d = moduleDifferences(differences, m);
      const v = unitMean(d);
      const s = norm(matMul(d, transpose(v)).data);
      return [moduleName, { v: v.data, s: Float64Array.of(s), k: 1, r: d.cols }];
    }),
  );
}

/** [nPairs, r] -> [1, r] */
function unitMean(d: Matrix): Matrix {
  const mean = matMul(matrix(1, d.rows, new Float64Array(d.rows).fill(1 / d.rows)), d);
  const length = norm(mean.data);
  return length === 0
    ? mean
    : matrix(
        1,
        d.cols,
        mean.data.map((value) => value / length),
      );
}
