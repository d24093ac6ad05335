import { ShapeError } from "../errors.ts";

/** A dense float64 matrix, row-major: entry (i, j) is `data[i * cols + j]`. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array; // [rows, cols]
}

/**
 * Wrap row-major data as a matrix; zeros when no data is given.
 *
 * @throws ShapeError  rows * cols != data.length, or a size is not a whole number >= 0
 */
export function matrix(rows: number, cols: number, data?: ArrayLike<number>): Matrix {
  if (!Number.isInteger(rows) || !Number.isInteger(cols) || rows < 0 || cols < 0)
    throw new ShapeError(`matrix: expected whole sizes >= 0, got [${rows}, ${cols}]`);
  if (data === undefined) return { rows, cols, data: new Float64Array(rows * cols) };
  if (data.length !== rows * cols)
    throw new ShapeError(`matrix: expected ${rows * cols} values for [${rows}, ${cols}], got ${data.length}`);
  return { rows, cols, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

/**
 * Matrix product.
 *
 *     c_ij = sum_l a_il b_lj                       [a.rows, b.cols]
 *
 * @throws ShapeError  a.cols != b.rows
 */
export function matMul(a: Matrix, b: Matrix): Matrix {
  if (a.cols !== b.rows)
    throw new ShapeError(`matMul: expected ${a.cols} rows on the right, got [${b.rows}, ${b.cols}]`);
  const c = matrix(a.rows, b.cols);
  for (let i = 0; i < a.rows; i++) {
    const row = c.data.subarray(i * b.cols, (i + 1) * b.cols);
    for (let l = 0; l < a.cols; l++) {
      const ail = a.data[i * a.cols + l]!;
      const offset = l * b.cols;
      for (let j = 0; j < row.length; j++) row[j]! += ail * b.data[offset + j]!;
    }
  }
  return c;
}

/** The transpose, as a new matrix: t_ji = a_ij. */
export function transpose(a: Matrix): Matrix {
  const t = matrix(a.cols, a.rows);
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < a.cols; j++) t.data[j * a.rows + i] = a.data[i * a.cols + j]!;
  return t;
}
