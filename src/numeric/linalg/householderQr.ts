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
  const left = matrix(n, m).data; // row k holds the reflector's v from entry k on
  const tau = new Float64Array(n);
  const r = matrix(n, n);
  const w = new Float64Array(n); // tau vᵀ A of the step before, still to be taken off
  const next = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    for (let i = k; i < m; i++) left[k * m + i] = data[i * n + k]! - (k === 0 ? 0 : left[(k - 1) * m + i]! * w[k]!);
    const column = makeReflector(left, k * m + k, m - k);
    tau[k] = column.tau;
    r.data[k * n + k] = column.alpha;
    const rest = n - k - 1;
    next.fill(0, k + 1);
    // one pass over A: row -= v_before w, then next += tau v row
    for (let i = k; i < m; i++) {
      if (k > 0) addScaled(-left[(k - 1) * m + i]!, w, k + 1, data, i * n + k + 1, rest);
      addScaled(column.tau * left[k * m + i]!, data, i * n + k + 1, next, k + 1, rest);
    }
    w.set(next);
    for (let j = k + 1; j < n; j++) r.data[k * n + j] = data[k * n + j]! - left[k * m + k]! * w[j]!;
  }
  return { qt: leftFactor(left, tau, n, m), r };
}
