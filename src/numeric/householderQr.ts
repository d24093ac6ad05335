import { leftFactor } from "./bidiagonalise.ts";
import { addScaled } from "./blas1.ts";
import { makeReflector } from "./householder.ts";
import { matrix, type Matrix } from "./matrix.ts";

/**
 * Thin QR factorisation by Householder reflectors; the columns of Q are returned as rows.
 *
 *     A = Q R                                      [m, n] = [m, n] [n, n], R upper triangular
 *
 * @param a  [m, n], m >= n, entries of magnitude at most 1; overwritten
 * @see Golub and Van Loan, Matrix Computations, 4th ed., algorithm 5.2.1
 */
export function householderQr(a: Matrix): { qt: Matrix; r: Matrix } {
  const { rows: m, cols: n, data } = a;
  const left = matrix(n, m).data;
  const tau = new Float64Array(n);
  const r = matrix(n, n);
  const w = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    for (let i = k; i < m; i++) left[k * m + i] = data[i * n + k]!;
    const column = makeReflector(left, k * m + k, m - k);
    tau[k] = column.tau;
    const rest = n - k - 1;
    w.fill(0, k + 1); // w = tau vᵀ A
    for (let i = k; i < m; i++) addScaled(column.tau * left[k * m + i]!, data, i * n + k + 1, w, k + 1, rest);
    for (let i = k; i < m; i++) addScaled(-left[k * m + i]!, w, k + 1, data, i * n + k + 1, rest);
    r.data[k * n + k] = column.alpha;
    r.data.set(data.subarray(k * n + k + 1, (k + 1) * n), k * n + k + 1);
  }
  return { qt: leftFactor(left, tau, n, m), r };
}
