import { ArtifactError } from "../../errors.ts";
import type { DenseWeight, WeightSvd } from "./weightSvd.ts";

/** Half a unit in the last place of float32: the relative rounding of a stored factor's entry. */
const rounding = 2 ** -24;

/**
 * Check that factors are the SVD of a weight, at the price of a few passes over them.
 *
 * One fixed vector x of +-1 is sent through every identity that an SVD obeys:
 *
 *     U (s * (Vh x)) = W x      Vh (Vhᵀ y) = y      Uᵀ (U y) = y      s descending, >= 0
 *
 * Allowed error: 4 * 2^-24 * sqrt(r) relative to s_0 |x| or |y|, twice what rounding both factors to float32 can do.
 * An error orthogonal to x is not seen; the checksum beside this check is for accidents of that kind.
 *
 * @throws ArtifactError  one of these does not hold
 */
export function expectSvdOf(weight: DenseWeight, svd: WeightSvd, path: string): void {
  const { rows, cols, data } = weight;
  const { u, s, vh, r } = svd;
  const fail = (expected: string, got: string): never => {
    throw new ArtifactError(`${path}: expected ${expected}, got ${got}; delete the file, it is made again`);
  };
  if (r !== Math.min(rows, cols) || u.length !== rows * r || vh.length !== r * cols)
    fail(`factors of a [${rows}, ${cols}] weight`, `r = ${r}, ${u.length} and ${vh.length} values`);
  if (s.some((value, i) => !(value >= 0) || value > s[Math.max(0, i - 1)]!))
    fail("singular values descending and >= 0", "others");
  const tolerance = 4 * rounding * Math.sqrt(r);
  const x = signs(cols);
  const coefficients = apply(vh, r, cols, x).map((value, i) => value * s[i]!);
  const residual = relative(apply(u, rows, r, coefficients), apply(data, rows, cols, x), s[0]! * Math.sqrt(cols));
  if (!(residual <= tolerance)) fail(`U diag(s) Vh to be the weight within ${tolerance}`, `${residual}`);
  const y = signs(r);
  const skewV = relative(apply(vh, r, cols, applyTransposed(vh, r, cols, y)), y, Math.sqrt(r));
  if (!(skewV <= tolerance)) fail(`orthonormal rows of Vh within ${tolerance}`, `${skewV}`);
  const skewU = relative(applyTransposed(u, rows, r, apply(u, rows, r, y)), y, Math.sqrt(r));
  if (!(skewU <= tolerance)) fail(`orthonormal columns of U within ${tolerance}`, `${skewU}`);
}

/** A fixed sequence of +-1 without structure: the low bit of a Weyl sequence's hash. */
function signs(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) =>
    (Math.imul((i + 1) ^ ((i + 1) >>> 7), 0x9e3779b1) >>> 15) & 1 ? 1 : -1,
  );
}

function apply(a: Float32Array, rows: number, cols: number, x: Float64Array): Float64Array {
  const y = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < cols; j++) sum += a[i * cols + j]! * x[j]!;
    y[i] = sum;
  }
  return y;
}

function applyTransposed(a: Float32Array, rows: number, cols: number, x: Float64Array): Float64Array {
  const y = new Float64Array(cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) y[j]! += a[i * cols + j]! * x[i]!;
  return y;
}

/** |a - b| / scale; 0 when both are exactly equal, so that a zero weight passes. */
function relative(a: Float64Array, b: Float64Array, scale: number): number {
  const distance = Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));
  return distance === 0 ? 0 : distance / scale;
}
