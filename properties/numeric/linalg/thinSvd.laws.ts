import fc from "fast-check";
import { SVD, Matrix as MlMatrix } from "ml-matrix";
import { expect } from "vitest";
import { matMul, matrix, transpose, type Matrix } from "../../../src/numeric/linalg/matrix.ts";
import { thinSvd, type ThinSvd } from "../../../src/numeric/linalg/thinSvd.ts";
import { anyMatrix, matrixOf, moderate, nonFinite } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { gamma, norm, unitRoundoff64 } from "../../support/tolerance.ts";

type Svd = (a: Matrix) => ThinSvd;

/** Small shapes, and tall or wide ones that go through the triangular factor first. */
const shaped = fc
  .oneof(
    anyMatrix,
    fc
      .tuple(fc.integer({ min: 4, max: 20 }), fc.integer({ min: 1, max: 4 }), fc.boolean())
      .chain(([long, short, wide]) => (wide ? matrixOf(short, long) : matrixOf(long, short))),
    // few distinct values: equal singular values, rank deficiency, exact zeros on the bidiagonal
    fc
      .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
      .chain(([rows, cols]) => matrixOf(rows, cols, fc.constantFrom(0, 1, -1, 1e-9))),
  )
  .map(({ rows, cols, data }) => matrix(rows, cols, data));

function largeMatrix(): Matrix {
  let state = 1;
  const next = () => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 2 ** 31 - 1;
  return matrix(160, 120, Float64Array.from({ length: 160 * 120 }, next));
}

/** Each entry passes through some m + n reflections and as many rotations, of a few rounded operations each; errors add. */
const svdBound = (a: Matrix) => gamma(16 * (a.rows + a.cols + 2), unitRoundoff64);
/** What the smallest subnormal can hide in sums over all entries. */
const underflow = (a: Matrix) => 64 * a.rows * a.cols * Number.MIN_VALUE;

const mapped = (a: Matrix, entry: (value: number, i: number) => number) => matrix(a.rows, a.cols, a.data.map(entry));
const frobenius = (a: Matrix, b: Matrix) => norm(a.data.map((value, i) => value - b.data[i]!));
const timesDiagonal = (u: Matrix, s: Float64Array) => mapped(u, (value, i) => value * s[i % u.cols]!);
const identity = (n: number) => mapped(matrix(n, n), (_, i) => (i % (n + 1) === 0 ? 1 : 0));

const a = matrix(4, 3, [3, 1, 2, -1, 4, 0.5, 2, 2, -3, 0.25, 1, 7]);

/** The real decomposition with something done to it. */
const spoilt =
  (change: (svd: ThinSvd) => Partial<ThinSvd>): Svd =>
  (b) => {
    const real = thinSvd(b);
    return { ...real, ...change(real) };
  };
const singlePrecision = spoilt(({ u, s, vh }) => ({
  u: mapped(u, Math.fround),
  s: s.map(Math.fround),
  vh: mapped(vh, Math.fround),
}));
/** Singular values as square roots of the eigenvalues of AᵀA. */
const gramRoute: Svd = (b) => {
  const { s, vh } = thinSvd(matMul(transpose(b), b));
  const roots = s.map(Math.sqrt);
  const u = matMul(b, transpose(vh));
  return { u: mapped(u, (value, i) => value / (roots[i % u.cols]! || 1)), s: roots, vh };
};

function expectReconstructs(svd: Svd, b: Matrix): void {
  const { u, s, vh } = svd(b);
  const q = Math.min(b.rows, b.cols);
  expect([u.rows, u.cols, s.length, vh.rows, vh.cols]).toEqual([b.rows, q, q, q, b.cols]);
  const bound = svdBound(b) * norm(b.data) + underflow(b);
  expect(frobenius(matMul(timesDiagonal(u, s), vh), b)).toBeLessThanOrEqual(bound);
}

function expectOrthonormal(svd: Svd, b: Matrix): void {
  const { u, s, vh } = svd(b);
  const slack = svdBound(b) * Math.sqrt(s.length);
  expect(frobenius(matMul(transpose(u), u), identity(s.length))).toBeLessThanOrEqual(slack);
  expect(frobenius(matMul(vh, transpose(vh)), identity(s.length))).toBeLessThanOrEqual(slack);
}

lawsOf<Svd>("thinSvd", thinSvd, (law) => {
  law("reconstructs: U diag(s) Vh = A", {
    else: "delta_S moves the model elsewhere than its gradient says",
    for: [shaped],
    holds: expectReconstructs,
    rejects: {
      "V for Vh": [spoilt(({ vh }) => ({ vh: transpose(vh) })), a],
      "a flipped vector": [spoilt(({ u }) => ({ u: mapped(u, (value, i) => (i % u.cols === 0 ? -value : value)) })), a],
      "halved values": [spoilt(({ s }) => ({ s: s.map((value) => value / 2) })), a],
      "single precision": [singlePrecision, a],
    },
  });

  law("is orthonormal: UᵀU = I, Vh Vhᵀ = I, also where A has no full rank", {
    for: [shaped],
    holds: expectOrthonormal,
    rejects: {
      "the singular values folded into U": [spoilt(({ u, s }) => ({ u: timesDiagonal(u, s) })), a],
      "single precision": [singlePrecision, a],
    },
  });

  law("is sorted: s_0 >= s_1 >= ... >= 0", {
    for: [shaped],
    holds: (svd, b) => {
      const { s } = svd(b);
      s.forEach((value, i) => {
        expect(value).toBeGreaterThanOrEqual(0);
        if (i > 0) expect(value).toBeLessThanOrEqual(s[i - 1]!);
      });
    },
    rejects: {
      "ascending values": [spoilt(({ s }) => ({ s: s.toReversed() })), a],
      "a negative value": [spoilt(({ s }) => ({ s: s.map((value) => -value) })), a],
    },
  });

  // Weyl: two singular values of matrices that differ by E differ by at most |E|
  law("agrees with ml-matrix: |s - s'| <= c u |A|", {
    for: [shaped],
    holds: (svd, b) => {
      const { s } = svd(b);
      // the oracle does not scale, so subnormal input costs it all digits: it gets entries of magnitude 1
      const most = b.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), Number.MIN_VALUE);
      const rows = Array.from({ length: b.rows }, (_, i) =>
        Array.from(b.data.subarray(i * b.cols, (i + 1) * b.cols), (value) => value / most),
      );
      const theirs = new SVD(new MlMatrix(rows), { autoTranspose: true }).diagonal
        .slice(0, s.length)
        .toSorted((x, y) => y - x);
      const bound = 2 * svdBound(b) * norm(b.data) + underflow(b);
      s.forEach((value, i) => expect(Math.abs(value - theirs[i]! * most)).toBeLessThanOrEqual(bound));
    },
    rejects: { "squared values": [spoilt(({ s }) => ({ s: s.map((value) => value * value) })), a] },
  });

  law("resolves small values: s(R diag(1, x) Rᵀ) = (1, x) for x down to 1e-14", {
    for: [moderate, fc.double({ min: 1e-14, max: 1, noNaN: true })],
    holds: (svd, angle, small) => {
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const rotation = matrix(2, 2, [c, -s, s, c]);
      const b = matMul(matMul(rotation, matrix(2, 2, [1, 0, 0, small])), transpose(rotation));
      expect(Math.abs(svd(b).s[1]! - small)).toBeLessThanOrEqual(2 * svdBound(b));
    },
    rejects: { "the route through AᵀA": [gramRoute, 1, 1e-10] },
  });

  law("is invariant to transposition: s(Aᵀ) = s(A)", {
    for: [shaped],
    holds: (svd, b) => {
      const [s, t] = [svd(b).s, svd(transpose(b)).s];
      const bound = 2 * svdBound(b) * norm(b.data) + Number.MIN_VALUE;
      expect(norm(s.map((value, i) => value - t[i]!))).toBeLessThanOrEqual(bound);
    },
    rejects: {
      "lengths of columns": [
        spoilt(({ u, s, vh }) => ({
          s: Float64Array.from(s, (_, j) =>
            norm(matMul(timesDiagonal(u, s), vh).data.filter((_value, i) => i % vh.cols === j)),
          ),
        })),
        a,
      ],
    },
  });

  law("commutes with powers of two, bit for bit: svd(2^k A) = (U, 2^k s, Vh)", {
    for: [
      matrixOf(4, 3, fc.oneof(fc.constant(0), fc.integer({ min: -1000, max: 1000 }))),
      fc.integer({ min: -900, max: 900 }),
    ],
    holds: (svd, b, k) => {
      const plain = svd(b);
      const scaled = svd(mapped(b, (value) => value * 2 ** k));
      expect(scaled.u).toEqual(plain.u);
      expect(scaled.vh).toEqual(plain.vh);
      // a singular value that rounding left near 1e-17 |A| may sink below the normal numbers
      scaled.s.forEach((value, i) =>
        expect(Math.abs(value - plain.s[i]! * 2 ** k)).toBeLessThanOrEqual(Number.MIN_VALUE),
      );
    },
    rejects: { "the route through AᵀA": [gramRoute, a, -600] },
  });

  law("is accurate to 1e-12 relative at 160 x 120: reconstruction and orthonormality", {
    for: [],
    holds: (svd) => {
      const large = largeMatrix();
      expectReconstructs(svd, large);
      expectOrthonormal(svd, large);
      expect(svdBound(large)).toBeLessThan(1e-12);
    },
    rejects: { "single precision": [singlePrecision] },
  });

  law("rejects a non-finite matrix: a_ij in {NaN, Inf} -> NonFiniteError", {
    for: [anyMatrix, fc.nat(), nonFinite],
    holds: (svd, { rows, cols, data }, at, bad) => {
      const withBad = data.slice();
      withBad[at % data.length] = bad;
      expect(() => svd(matrix(rows, cols, withBad))).toThrow(/finite/);
    },
    rejects: {
      "zero for what is not finite": [
        (b) => thinSvd(mapped(b, (value) => (Number.isFinite(value) ? value : 0))),
        a,
        0,
        Number.NaN,
      ],
    },
  });
});
