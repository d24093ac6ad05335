import fc from "fast-check";
import { expect } from "vitest";
import { matMul, matrix, transpose, type Matrix } from "../../../src/numeric/linalg/matrix.ts";
import { anyMatrix, dimension, matrixOf } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { gamma, norm, unitRoundoff64 } from "../../support/tolerance.ts";

const chain = fc.tuple(dimension, dimension, dimension).chain(([m, l, n]) => fc.tuple(matrixOf(m, l), matrixOf(l, n)));
const waves = (rows: number, cols: number) => {
  const data = Float64Array.from({ length: rows * cols }, (_, i) => Math.sin(i));
  return matrix(rows, cols, data);
};
const columnMajor: typeof transpose = (a) => matrix(a.cols, a.rows, a.data);
const oneRowTooFew: typeof matMul = (a, b) => {
  const short = matrix(
    a.rows,
    a.cols,
    a.data.map((value, i) => (i % a.cols === a.cols - 1 ? 0 : value)),
  );
  return matMul(short, b);
};
const elementwise: typeof matMul = (a, b) =>
  matrix(
    a.rows,
    b.cols,
    matrix(a.rows, b.cols).data.map((_, i) => a.data[i]! * b.data[i]!),
  );

lawsOf("matMul", matMul, (law) => {
  law("agrees with the sum: c_ij = sum_l a_il b_lj, past the size of a piece too", {
    for: [chain],
    holds: (multiply, [a, b]) => {
      const c = multiply(a, b);
      const bound = gamma(a.cols, unitRoundoff64) * norm(a.data) * norm(b.data) + a.cols * Number.MIN_VALUE;
      for (let i = 0; i < a.rows; i++)
        for (let j = 0; j < b.cols; j++) {
          let sum = 0;
          for (let l = 0; l < a.cols; l++) sum += a.data[i * a.cols + l]! * b.data[l * b.cols + j]!;
          expect(Math.abs(c.data[i * b.cols + j]! - sum)).toBeLessThanOrEqual(2 * bound);
        }
    },
    examples: [[[waves(2, 131), waves(131, 1030)]]],
    rejects: {
      "the last term left out": [oneRowTooFew, [waves(2, 5), waves(5, 3)]],
      "the last term left out past the size of a piece": [oneRowTooFew, [waves(2, 131), waves(131, 1030)]],
    },
  });

  law("reverses under transposition: (A B)ᵀ = Bᵀ Aᵀ", {
    for: [chain],
    holds: (multiply, [a, b]) => {
      const bound = gamma(a.cols, unitRoundoff64) * norm(a.data) * norm(b.data) + Number.MIN_VALUE;
      const [left, right] = [transpose(multiply(a, b)), multiply(transpose(b), transpose(a))];
      expect(norm(left.data.map((value, i) => value - right.data[i]!))).toBeLessThanOrEqual(
        2 * bound * Math.sqrt(left.data.length),
      );
    },
    rejects: { "entry times entry": [elementwise, [waves(2, 2), waves(2, 3)]] },
  });

  law("rejects sizes that do not meet: a.cols != b.rows -> ShapeError", {
    for: [],
    holds: (multiply) =>
      expect(() => multiply(matrix(2, 3), matrix(2, 3))).toThrow(/expected 3 rows on the right, got \[2, 3\]/),
    rejects: { "entry times entry": [elementwise] },
  });
});

lawsOf<(a: Matrix) => Matrix>("transpose", transpose, (law) => {
  law("is an involution: (Aᵀ)ᵀ = A, and t_ji = a_ij", {
    for: [anyMatrix],
    holds: (flip, a) => {
      const t = flip(a);
      expect(flip(t)).toEqual(a);
      for (let i = 0; i < a.rows; i++)
        for (let j = 0; j < a.cols; j++) expect(t.data[j * a.rows + i]).toBe(a.data[i * a.cols + j]);
    },
    rejects: { "sizes swapped, data left": [columnMajor, waves(2, 3)] },
  });
});

lawsOf("matrix", matrix, (law) => {
  law("rejects data of another size, and sizes that are not whole -> ShapeError", {
    for: [],
    holds: (make) => {
      expect(() => make(2, 2, [1, 2, 3])).toThrow(/expected 4 values for \[2, 2\], got 3/);
      for (const bad of [-1, 1.5, Number.NaN]) expect(() => make(bad, 1)).toThrow(/whole sizes/);
      expect(make(2, 0).data.length).toBe(0);
    },
    rejects: {
      "a matrix that looks at nothing": [(rows, cols, data) => ({ rows, cols, data: Float64Array.from(data ?? []) })],
    },
  });
});
