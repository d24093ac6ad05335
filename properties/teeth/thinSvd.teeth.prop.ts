import { describe, it } from "vitest";
import { matMul, matrix, transpose, type Matrix } from "../../src/numeric/linalg/matrix.ts";
import { thinSvd, type ThinSvd } from "../../src/numeric/linalg/thinSvd.ts";
import { expectSvdOfLaws, spoilings } from "../adapter/weightSvd/expectSvdOf.statements.ts";
import { thinSvdLaws } from "../numeric/linalg/thinSvd.statements.ts";
import { float32SvdOf } from "../support/float32SvdOf.ts";
import { rejects } from "../support/rejects.ts";
import { seededWeight } from "../support/seededWeight.ts";

const a = matrix(4, 3, [3, 1, 2, -1, 4, 0.5, 2, 2, -3, 0.25, 1, 7]);

/** The real decomposition with something done to it. */
const spoilt =
  (change: (svd: ThinSvd) => Partial<ThinSvd>) =>
  (b: Matrix): ThinSvd => {
    const real = thinSvd(b);
    return { ...real, ...change(real) };
  };

/** Singular values as square roots of the eigenvalues of AᵀA. */
const gramRoute = (b: Matrix): ThinSvd => {
  const { s, vh } = thinSvd(matMul(transpose(b), b));
  const roots = s.map(Math.sqrt);
  const u = matMul(b, transpose(vh));
  return {
    u: matrix(
      u.rows,
      u.cols,
      u.data.map((value, i) => value / (roots[i % u.cols]! || 1)),
    ),
    s: roots,
    vh,
  };
};

const singlePrecision = spoilt(({ u, s, vh }) => ({
  u: matrix(u.rows, u.cols, u.data.map(Math.fround)),
  s: s.map(Math.fround),
  vh: matrix(vh.rows, vh.cols, vh.data.map(Math.fround)),
}));

describe("teeth: thinSvd", () => {
  it("reconstruction rejects: V for Vh, a flipped vector, halved values, single precision", async () => {
    await rejects(() =>
      thinSvdLaws.reconstructs(
        spoilt(({ vh }) => ({ vh: transpose(vh) })),
        a,
      ),
    );
    await rejects(() =>
      thinSvdLaws.reconstructs(
        spoilt(({ u }) => ({
          u: matrix(
            u.rows,
            u.cols,
            u.data.map((value, i) => (i % u.cols === 0 ? -value : value)),
          ),
        })),
        a,
      ),
    );
    await rejects(() =>
      thinSvdLaws.reconstructs(
        spoilt(({ s }) => ({ s: s.map((value) => value / 2) })),
        a,
      ),
    );
    await rejects(() => thinSvdLaws.reconstructs(singlePrecision, a));
  });

  it("orthonormality rejects: the singular values folded into U, single precision", async () => {
    await rejects(() =>
      thinSvdLaws.isOrthonormal(
        spoilt(({ u, s }) => ({
          u: matrix(
            u.rows,
            u.cols,
            u.data.map((value, i) => value * s[i % u.cols]!),
          ),
        })),
        a,
      ),
    );
    await rejects(() => thinSvdLaws.isOrthonormal(singlePrecision, a));
  });

  it("order rejects: ascending values, a negative value", async () => {
    await rejects(() =>
      thinSvdLaws.isSorted(
        spoilt(({ s }) => ({ s: s.toReversed() })),
        a,
      ),
    );
    await rejects(() =>
      thinSvdLaws.isSorted(
        spoilt(({ s }) => ({ s: s.map((value) => -value) })),
        a,
      ),
    );
  });

  it("the oracle rejects: squared values", async () => {
    await rejects(() =>
      thinSvdLaws.agreesWithMlMatrix(
        spoilt(({ s }) => ({ s: s.map((value) => value * value) })),
        a,
      ),
    );
  });

  it("small values rejects: the route through AᵀA", async () => {
    await rejects(() => thinSvdLaws.resolvesSmallValues(gramRoute, 1, 1e-10));
  });
});

describe("teeth: expectSvdOf", () => {
  it.each(spoilings)("refusal rejects: a check that looks at nothing ($name)", ({ spoil, says }) => {
    const weight = seededWeight("w", 6, 4, 1);
    const svd = float32SvdOf(weight);
    return rejects(() => expectSvdOfLaws.refuses(() => {}, weight, { ...svd, ...spoil(svd) }, says));
  });

  it("acceptance rejects: a check without room for rounding", () => {
    const weight = seededWeight("w", 6, 4, 1);
    const exact = () => {
      throw new Error("not exact");
    };
    return rejects(() => expectSvdOfLaws.accepts(exact, weight, float32SvdOf(weight)));
  });
});
