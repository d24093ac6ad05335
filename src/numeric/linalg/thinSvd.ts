import { NonFiniteError } from "../../errors.ts";
import { bidiagonalise } from "./bidiagonalise.ts";
import { bidiagonalSvd } from "./bidiagonalSvd.ts";
import { householderQr } from "./householderQr.ts";
import { matMul, matrix, transpose, type Matrix } from "./matrix.ts";

/** A = U diag(s) Vh with q = min(rows, cols). */
export interface ThinSvd {
  readonly u: Matrix; // [rows, q], orthonormal columns
  readonly s: Float64Array; // [q], descending, >= 0
  readonly vh: Matrix; // [q, cols], orthonormal rows
}

/** Taller than this many times its width, a matrix is first reduced to its triangular factor. */
const tallRatio = 1.5;

/**
 * Thin singular value decomposition in float64.
 *
 *     A = U diag(s) Vh                             [m, n] = [m, q] [q] [q, n],   q = min(m, n)
 *
 * Householder bidiagonalisation, then implicitly shifted QR: each factor is accurate to a small multiple of
 * 2^-52 times the largest singular value. (A route through AᵀA would lose half of the digits.) Signs of the pairs
 * (u_i, v_i) are free; vectors of equal singular values are free within their span.
 *
 * @throws NonFiniteError  A holds NaN or infinity
 */
export function thinSvd(a: Matrix): ThinSvd {
  if (a.rows < a.cols) {
    const { u, s, vh } = thinSvd(transpose(a));
    return { u: transpose(vh), s, vh: transpose(u) };
  }
  const scale = powerOfTwoAbove(a.data);
  const scaled = matrix(
    a.rows,
    a.cols,
    a.data.map((value) => value / scale),
  );
  const { ut, s, vt } = a.rows > tallRatio * a.cols ? factorsOfTall(scaled) : factors(scaled);
  const order = Array.from(s.keys()).toSorted((i, j) => s[j]! - s[i]!);
  return { u: transpose(rowsOf(ut, order)), s: Float64Array.from(order, (i) => s[i]! * scale), vh: rowsOf(vt, order) };
}

interface Factors {
  readonly ut: Matrix; // [n, m]
  readonly s: Float64Array; // [n], unsorted
  readonly vt: Matrix; // [n, n]
}

function factors(a: Matrix): Factors {
  const bidiagonal = bidiagonalise(a);
  bidiagonalSvd(bidiagonal);
  return { ut: bidiagonal.qt, s: bidiagonal.diagonal, vt: bidiagonal.pt };
}

function factorsOfTall(a: Matrix): Factors {
  const { qt, r } = householderQr(a);
  const { ut, s, vt } = factors(r);
  return { ut: matMul(ut, qt), s, vt };
}

/** The least power of two above every magnitude (1 for a zero matrix): dividing by it is exact and bounds entries by 1. */
function powerOfTwoAbove(data: Float64Array): number {
  let most = 0;
  for (const value of data) {
    if (!Number.isFinite(value)) throw new NonFiniteError(`thinSvd: expected finite entries, got ${value}`);
    most = Math.max(most, Math.abs(value));
  }
  return most === 0 ? 1 : 2 ** Math.min(1023, Math.floor(Math.log2(most)) + 1);
}

function rowsOf(a: Matrix, order: readonly number[]): Matrix {
  const picked = matrix(order.length, a.cols);
  order.forEach((from, to) => picked.data.set(a.data.subarray(from * a.cols, (from + 1) * a.cols), to * a.cols));
  return picked;
}
