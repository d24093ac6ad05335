import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrix, transpose } from "../../../src/numeric/linalg/matrix.ts";
import { thinSvd } from "../../../src/numeric/linalg/thinSvd.ts";
import { anyMatrix, matrixOf, moderate, nonFinite } from "../../support/arbitraries.ts";
import { norm } from "../../support/tolerance.ts";
import { svdBound, thinSvdLaws } from "./thinSvd.statements.ts";

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

describe("thinSvd", () => {
  // ELSE delta_S moves the model elsewhere than its gradient says
  it("reconstructs: U diag(s) Vh = A", () => {
    fc.assert(fc.property(shaped, (a) => thinSvdLaws.reconstructs(thinSvd, a)));
  });

  it("is orthonormal: UᵀU = I, Vh Vhᵀ = I, also where A has no full rank", () => {
    fc.assert(fc.property(shaped, (a) => thinSvdLaws.isOrthonormal(thinSvd, a)));
  });

  it("is sorted: s_0 >= s_1 >= ... >= 0", () => {
    fc.assert(fc.property(shaped, (a) => thinSvdLaws.isSorted(thinSvd, a)));
  });

  it("agrees with ml-matrix: |s - s'| <= c u |A|", () => {
    fc.assert(fc.property(shaped, (a) => thinSvdLaws.agreesWithMlMatrix(thinSvd, a)));
  });

  it("resolves small values: s(R diag(1, x) Rᵀ) = (1, x) for x down to 1e-14", () => {
    fc.assert(
      fc.property(moderate, fc.double({ min: 1e-14, max: 1, noNaN: true }), (angle, small) =>
        thinSvdLaws.resolvesSmallValues(thinSvd, angle, small),
      ),
    );
  });

  it("is invariant to transposition: s(Aᵀ) = s(A)", () => {
    fc.assert(
      fc.property(shaped, (a) => {
        const [s, t] = [thinSvd(a).s, thinSvd(transpose(a)).s];
        expect(norm(s.map((value, i) => value - t[i]!))).toBeLessThanOrEqual(
          2 * svdBound(a) * norm(a.data) + Number.MIN_VALUE,
        );
      }),
    );
  });

  it("commutes with powers of two, bit for bit: svd(2^k A) = (U, 2^k s, Vh)", () => {
    const normal = fc.oneof(fc.constant(0), fc.integer({ min: -1000, max: 1000 }));
    fc.assert(
      fc.property(matrixOf(4, 3, normal), fc.integer({ min: -900, max: 900 }), ({ rows, cols, data }, k) => {
        const plain = thinSvd(matrix(rows, cols, data));
        const scaled = thinSvd(
          matrix(
            rows,
            cols,
            data.map((value) => value * 2 ** k),
          ),
        );
        expect(scaled.u).toEqual(plain.u);
        expect(scaled.vh).toEqual(plain.vh);
        // a singular value that rounding left near 1e-17 |A| may sink below the normal numbers
        scaled.s.forEach((value, i) =>
          expect(Math.abs(value - plain.s[i]! * 2 ** k)).toBeLessThanOrEqual(Number.MIN_VALUE),
        );
      }),
    );
  });

  it("is accurate to 1e-13 relative at 160 x 120: reconstruction and orthonormality", () => {
    let state = 1;
    const a = matrix(
      160,
      120,
      Float64Array.from(
        { length: 160 * 120 },
        () => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 2 ** 31 - 1,
      ),
    );
    thinSvdLaws.reconstructs(thinSvd, a);
    thinSvdLaws.isOrthonormal(thinSvd, a);
    expect(svdBound(a)).toBeLessThan(1e-12);
  });

  it("rejects a non-finite matrix: a_ij in {NaN, Inf} -> NonFiniteError", () => {
    fc.assert(
      fc.property(anyMatrix, fc.nat(), nonFinite, ({ rows, cols, data }, at, bad) => {
        const spoilt = data.slice();
        spoilt[at % data.length] = bad;
        expect(() => thinSvd(matrix(rows, cols, spoilt))).toThrow(/finite/);
      }),
    );
  });
});
