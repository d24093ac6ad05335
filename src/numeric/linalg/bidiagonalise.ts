import { addScaled, dot } from "./blas1.ts";
import { makeReflector, reflect } from "./householder.ts";
import { matrix, type Matrix } from "./matrix.ts";

/** A = Q B Pᵀ with B upper bidiagonal; the columns of Q and P are kept as rows. */
export interface Bidiagonal {
  readonly diagonal: Float64Array; // [n]
  readonly superdiagonal: Float64Array; // [n], the last entry is 0
  readonly qt: Matrix; // [n, m]
  readonly pt: Matrix; // [n, n]
}

/**
 * Householder bidiagonalisation of a matrix that is at least as tall as wide.
 *
 *     A = Q B Pᵀ                                   [m, n] = [m, n] [n, n] [n, n]
 *
 * Each step reads the rest of A once for the left reflector and updates it once for both.
 *
 * @param a  [m, n], m >= n, entries of magnitude at most 1; overwritten
 * @see Golub and Van Loan, Matrix Computations, 4th ed., algorithm 5.4.2
 */
export function bidiagonalise(a: Matrix): Bidiagonal {
  const { rows: m, cols: n, data } = a;
  const left = matrix(n, m).data; // row k holds the left reflector's v from entry k on
  const leftTau = new Float64Array(n);
  const rightTau = new Float64Array(n);
  const diagonal = new Float64Array(n);
  const superdiagonal = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    for (let i = k; i < m; i++) left[k * m + i] = data[i * n + k]!;
    const column = makeReflector(left, k * m + k, m - k);
    leftTau[k] = column.tau;
    diagonal[k] = column.alpha;
    const rest = n - k - 1;
    if (rest === 0) break;
    w.fill(0, k + 1); // w = tau vᵀ A
    for (let i = k; i < m; i++) addScaled(column.tau * left[k * m + i]!, data, i * n + k + 1, w, k + 1, rest);
    addScaled(-left[k * m + k]!, w, k + 1, data, k * n + k + 1, rest);
    const row = makeReflector(data, k * n + k + 1, rest);
    rightTau[k] = row.tau;
    superdiagonal[k] = row.alpha;
    for (let i = k + 1; i < m; i++) {
      addScaled(-left[k * m + i]!, w, k + 1, data, i * n + k + 1, rest);
      const scale = -row.tau * dot(data, k * n + k + 1, data, i * n + k + 1, rest);
      addScaled(scale, data, k * n + k + 1, data, i * n + k + 1, rest);
    }
  }
  return { diagonal, superdiagonal, qt: leftFactor(left, leftTau, n, m), pt: rightFactor(data, rightTau, n) };
}

/** Q = H_0 H_1 ... applied to the first n axes, built backwards so that each step touches only what is not yet zero. */
export function leftFactor(left: Float64Array, tau: Float64Array, n: number, m: number): Matrix {
  const qt = matrix(n, m);
  for (let k = n - 1; k >= 0; k--) {
    qt.data[k * m + k] = 1;
    for (let j = k; j < n; j++) reflect(tau[k]!, left, k * m + k, qt.data, j * m + k, m - k);
  }
  return qt;
}

function rightFactor(data: Float64Array, tau: Float64Array, n: number): Matrix {
  const pt = matrix(n, n);
  for (let k = n - 1; k >= 0; k--) {
    pt.data[k * n + k] = 1;
    for (let j = k + 1; j < n; j++) reflect(tau[k]!, data, k * n + k + 1, pt.data, j * n + k + 1, n - k - 1);
  }
  return pt;
}
