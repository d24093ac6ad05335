import { ConfigError } from "../errors.ts";
import { matrix, type Matrix } from "../numeric/linalg/matrix.ts";
import { thinSvd } from "../numeric/linalg/thinSvd.ts";
import { moduleDifferences, type Differences } from "./differences.ts";
import { orientHackward } from "./orientHackward.ts";
import type { HackDirections } from "./vHackFile.ts";

/**
 * The top k right singular vectors of the stacked pair differences, per module, oriented hack-ward.
 *
 *     D = U diag(S) Vh                             [nPairs, r]
 *     v_i = ± Vh_i,  s_i = S_i                     i < k
 *
 * Rows beyond the rank of D have no direction: they and their s are zero. (Their vectors would be whatever rounding left.)
 * The rank is NumPy's: how many S_i > max(nPairs, r) 2^-52 S_0.
 *
 * @param k  directions to keep, 1 <= k <= nPairs
 * @throws ConfigError  k is not in that range
 */
export function extractSvd(differences: Differences, k: number): Map<string, HackDirections> {
  if (!Number.isInteger(k) || k < 1 || k > differences.nPairs)
    throw new ConfigError(`extractSvd: expected 1 <= k <= ${differences.nPairs}, the number of pairs, got ${k}`);
  return new Map(
    differences.layout.moduleNames.map((moduleName, m) => [
      moduleName,
      topDirections(moduleDifferences(differences, m), k),
    ]),
  );
}

function topDirections(d: Matrix, k: number): HackDirections {
  const { s: singularValues, vh } = thinSvd(d);
  const smallest = Math.max(d.rows, d.cols) * Number.EPSILON * singularValues[0]!;
  const rank = singularValues.filter((value) => value > smallest).length;
  const v = matrix(k, d.cols);
  const s = new Float64Array(k);
  for (let i = 0; i < Math.min(k, rank); i++) {
    v.data.set(orientHackward(vh.data.subarray(i * d.cols, (i + 1) * d.cols), d), i * d.cols);
    s[i] = singularValues[i]!;
  }
  return { v: v.data, s, k, r: d.cols };
}
