import { SVD, Matrix as MlMatrix } from "ml-matrix";
import { expect } from "vitest";
import { matMul, matrix, transpose, type Matrix } from "../../../src/numeric/linalg/matrix.ts";
import type { ThinSvd } from "../../../src/numeric/linalg/thinSvd.ts";
import { gamma, norm, unitRoundoff64 } from "../../support/tolerance.ts";

type Svd = (a: Matrix) => ThinSvd;

/** Each entry passes through some m + n reflections and as many rotations, of a few rounded operations each; errors add. */
export const svdBound = (a: Matrix) => gamma(16 * (a.rows + a.cols + 2), unitRoundoff64);
/** What the smallest subnormal can hide in sums over all entries. */
const underflow = (a: Matrix) => 64 * a.rows * a.cols * Number.MIN_VALUE;

const frobenius = (a: Matrix, b: Matrix) => norm(a.data.map((value, i) => value - b.data[i]!));

function timesDiagonal(u: Matrix, s: Float64Array): Matrix {
  return matrix(
    u.rows,
    u.cols,
    u.data.map((value, i) => value * s[i % u.cols]!),
  );
}

function identity(n: number): Matrix {
  return matrix(
    n,
    n,
    Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
  );
}

/** Laws of a thin SVD, for the real one and for its mutants. */
export const thinSvdLaws = {
  reconstructs(svd: Svd, a: Matrix): void {
    const { u, s, vh } = svd(a);
    expect([u.rows, u.cols, s.length, vh.rows, vh.cols]).toEqual([
      a.rows,
      Math.min(a.rows, a.cols),
      u.cols,
      u.cols,
      a.cols,
    ]);
    expect(frobenius(matMul(timesDiagonal(u, s), vh), a)).toBeLessThanOrEqual(
      svdBound(a) * norm(a.data) + underflow(a),
    );
  },

  isOrthonormal(svd: Svd, a: Matrix): void {
    const { u, s, vh } = svd(a);
    const slack = svdBound(a) * Math.sqrt(s.length);
    expect(frobenius(matMul(transpose(u), u), identity(s.length))).toBeLessThanOrEqual(slack);
    expect(frobenius(matMul(vh, transpose(vh)), identity(s.length))).toBeLessThanOrEqual(slack);
  },

  isSorted(svd: Svd, a: Matrix): void {
    const { s } = svd(a);
    s.forEach((value, i) => {
      expect(value).toBeGreaterThanOrEqual(0);
      if (i > 0) expect(value).toBeLessThanOrEqual(s[i - 1]!);
    });
  },

  /**
   * Weyl: two singular values of matrices that differ by E differ by at most |E|.
   * The oracle is given entries of magnitude 1 (it does not scale, so subnormal input costs it all digits).
   */
  agreesWithMlMatrix(svd: Svd, a: Matrix): void {
    const { s } = svd(a);
    const most = a.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), Number.MIN_VALUE);
    const rows = Array.from({ length: a.rows }, (_, i) =>
      Array.from(a.data.subarray(i * a.cols, (i + 1) * a.cols), (value) => value / most),
    );
    const theirs = new SVD(new MlMatrix(rows), { autoTranspose: true }).diagonal
      .slice(0, s.length)
      .toSorted((x, y) => y - x);
    s.forEach((value, i) =>
      expect(Math.abs(value - theirs[i]! * most)).toBeLessThanOrEqual(2 * svdBound(a) * norm(a.data) + underflow(a)),
    );
  },

  /** Rotations of diag(1, small): AᵀA would blur everything below 1e-8. */
  resolvesSmallValues(svd: Svd, angle: number, small: number): void {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const rotation = matrix(2, 2, [c, -s, s, c]);
    const a = matMul(matMul(rotation, matrix(2, 2, [1, 0, 0, small])), transpose(rotation));
    expect(Math.abs(svd(a).s[1]! - small)).toBeLessThanOrEqual(2 * svdBound(a));
  },
};
