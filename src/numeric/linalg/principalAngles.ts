import { matMul, matrix, transpose, type Matrix } from "./matrix.ts";
import { thinSvd } from "./thinSvd.ts";

/**
 * Principal angles between two subspaces, ascending, in radians, 0..pi/2; as many as the smaller one has dimensions.
 *
 *     cosines = singular values of A Bᵀ
 *     sines   = singular values of B (1 - Aᵀ A)
 *     angle_i = atan2(sine_i, cosine_i)
 *
 * The sines keep the digits of small angles, which the arc cosine loses. With unequal row counts, sines beyond those of the
 * smaller subspace are 1.
 *
 * @param a, b  orthonormal bases, as rows, of the same width
 * @see Björck & Golub 1973, "Numerical methods for computing angles between linear subspaces"
 */
export function principalAngles(a: Matrix, b: Matrix): Float64Array {
  const overlap = matMul(b, transpose(a)); // [b.rows, a.rows]
  const within = matMul(overlap, a);
  const outside = matrix(
    b.rows,
    b.cols,
    b.data.map((value, i) => value - within.data[i]!),
  );
  const cosines = thinSvd(overlap).s;
  const sines = thinSvd(outside).s;
  return cosines.map((cosine, i) => Math.atan2(sines[b.rows - 1 - i]!, cosine));
}
