import { matMul, matrix, type Matrix } from "../numeric/linalg/matrix.ts";

/**
 * Give a direction the sign that most pairs vote for; a tied vote is decided by the mean.
 *
 *     c = D v                                      [nPairs]
 *     sign = majority of sign(c_i), ties: sign of mean c, + where that is 0
 *
 * A singular vector's sign is free, so without this "hack-ward" would be an accident of the SVD.
 *
 * @param v            [r]
 * @param differences  hack minus clean, [nPairs, r]
 */
export function orientHackward(v: Float64Array, differences: Matrix): Float64Array {
  const c = matMul(differences, matrix(v.length, 1, v)).data;
  const votes = c.reduce((sum, value) => sum + Math.sign(value), 0);
  const total = c.reduce((sum, value) => sum + value, 0);
  const hackward = votes > 0 || (votes === 0 && total >= 0);
  return hackward ? v : v.map((value) => -value);
}
