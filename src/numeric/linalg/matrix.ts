import { ShapeError } from "../../errors.ts";
import { addScaled } from "./blas1.ts";

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

/** A piece of b of this many rows and columns stays in the processor's cache while all rows of a pass over it. */
const pieceRows = 64;
const pieceCols = 512;

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
  for (let l = 0; l < b.rows; l += pieceRows)
    for (let j = 0; j < b.cols; j += pieceCols)
      for (let i = 0; i < a.rows; i++)
        addPiece(c, a, b, { i, l, lEnd: Math.min(l + pieceRows, b.rows), j, jEnd: Math.min(j + pieceCols, b.cols) });
  return c;
}

interface Piece {
  readonly i: number;
  readonly l: number;
  readonly lEnd: number;
  readonly j: number;
  readonly jEnd: number;
}

/** c_ij += sum over the piece's l, four rows of b at a time, so that c is read and written a quarter as often. */
function addPiece(c: Matrix, a: Matrix, b: Matrix, { i, l: lStart, lEnd, j, jEnd }: Piece): void {
  const [x, y, z] = [a.data, b.data, c.data];
  const to = i * c.cols + j;
  let l = lStart;
  for (; l + 3 < lEnd; l += 4) {
    const at = i * a.cols + l;
    const [a0, a1, a2, a3] = [x[at]!, x[at + 1]!, x[at + 2]!, x[at + 3]!];
    const [y0, y1, y2, y3] = [l * b.cols + j, (l + 1) * b.cols + j, (l + 2) * b.cols + j, (l + 3) * b.cols + j];
    for (let q = 0; q < jEnd - j; q++)
      z[to + q]! += a0 * y[y0 + q]! + a1 * y[y1 + q]! + (a2 * y[y2 + q]! + a3 * y[y3 + q]!);
  }
  for (; l < lEnd; l++) addScaled(x[i * a.cols + l]!, y, l * b.cols + j, z, to, jEnd - j);
}

/** The transpose, as a new matrix: t_ji = a_ij. */
export function transpose(a: Matrix): Matrix {
  const t = matrix(a.cols, a.rows);
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.cols; j++) t.data[j * a.rows + i] = a.data[i * a.cols + j]!;
  return t;
}
