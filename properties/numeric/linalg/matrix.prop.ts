import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matMul, matrix, transpose } from "../../../src/numeric/linalg/matrix.ts";
import { anyMatrix, dimension, matrixOf } from "../../support/arbitraries.ts";
import { gamma, norm, unitRoundoff64 } from "../../support/tolerance.ts";

const chain = fc.tuple(dimension, dimension, dimension).chain(([m, l, n]) => fc.tuple(matrixOf(m, l), matrixOf(l, n)));

describe("matMul", () => {
  it("agrees with the sum: c_ij = sum_l a_il b_lj, past the size of a piece too", () => {
    const agrees = (a: ReturnType<typeof matrix>, b: ReturnType<typeof matrix>) => {
      const c = matMul(a, b);
      const bound = gamma(a.cols, unitRoundoff64) * norm(a.data) * norm(b.data) + a.cols * Number.MIN_VALUE;
      for (let i = 0; i < a.rows; i++)
        for (let j = 0; j < b.cols; j++) {
          let sum = 0;
          for (let l = 0; l < a.cols; l++) sum += a.data[i * a.cols + l]! * b.data[l * b.cols + j]!;
          expect(Math.abs(c.data[i * b.cols + j]! - sum)).toBeLessThanOrEqual(2 * bound);
        }
    };
    fc.assert(fc.property(chain, ([a, b]) => agrees(a, b)));
    const wave = (rows: number, cols: number) =>
      matrix(
        rows,
        cols,
        Float64Array.from({ length: rows * cols }, (_, i) => Math.sin(i)),
      );
    agrees(wave(2, 131), wave(131, 1030));
  });

  it("reverses under transposition: (A B)ᵀ = Bᵀ Aᵀ", () => {
    fc.assert(
      fc.property(chain, ([a, b]) => {
        const bound = gamma(a.cols, unitRoundoff64) * norm(a.data) * norm(b.data) + Number.MIN_VALUE;
        const [left, right] = [transpose(matMul(a, b)), matMul(transpose(b), transpose(a))];
        expect(norm(left.data.map((value, i) => value - right.data[i]!))).toBeLessThanOrEqual(
          2 * bound * Math.sqrt(left.data.length),
        );
      }),
    );
  });

  it("rejects sizes that do not meet: a.cols != b.rows -> ShapeError", () => {
    expect(() => matMul(matrix(2, 3), matrix(2, 3))).toThrow(/expected 3 rows on the right, got \[2, 3\]/);
  });
});

describe("transpose", () => {
  it("is an involution: (Aᵀ)ᵀ = A", () => {
    fc.assert(fc.property(anyMatrix, (a) => void expect(transpose(transpose(a))).toEqual(a)));
  });
});

describe("matrix", () => {
  it("rejects data of another size, and sizes that are not whole -> ShapeError", () => {
    expect(() => matrix(2, 2, [1, 2, 3])).toThrow(/expected 4 values for \[2, 2\], got 3/);
    for (const bad of [-1, 1.5, Number.NaN]) expect(() => matrix(bad, 1)).toThrow(/whole sizes/);
    expect(matrix(2, 0).data.length).toBe(0);
  });
});
