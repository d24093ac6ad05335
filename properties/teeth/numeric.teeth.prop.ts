import { describe, expect, it } from "vitest";
import { type Rng, seededRng } from "../../src/numeric/rng.ts";
import { shuffled } from "../../src/numeric/shuffled.ts";
import { studentTail } from "../../src/numeric/studentTail.ts";
import { quantile } from "../../src/numeric/quantile.ts";
import { welchGreater, type WelchResult } from "../../src/numeric/welch.ts";
import { quantileLaws } from "../numeric/quantile.statements.ts";
import { rngLaws } from "../numeric/rng.statements.ts";
import { shuffledLaws } from "../numeric/shuffled.statements.ts";
import { studentTailLaws } from "../numeric/studentTail.statements.ts";
import { welchLaws } from "../numeric/welch.statements.ts";

type Bucket = readonly number[];

/** A law, given a wrong implementation, must throw. */
const rejects = (law: () => void) => expect(law).toThrow();

describe("teeth: seededRng", () => {
  it("reproducibility rejects: a generator without a seed", () =>
    rejects(() => rngLaws.isReproducible(() => ({ ...seededRng(1), uniform: Math.random }), 1, [])));
  it("independence rejects: one shared stream", async () => {
    const one = seededRng(1);
    await rejects(() => rngLaws.isIndependent(() => one, 1, []));
  });
  it("separation of names rejects: names that are joined as text", () =>
    rejects(() => rngLaws.separates((seed, ...names) => seededRng(seed, names.join("")), 1, [1], ["1"])));
  it("bounds rejects: a closed interval", () =>
    rejects(() => rngLaws.boundsUniform(() => ({ ...seededRng(1), uniform: () => 1 }), 1)));
  it("cover of integers rejects: rounding instead of flooring", () =>
    rejects(() => {
      const rounding = (seed: number): Rng => {
        const rng = seededRng(seed);
        return { ...rng, integer: (n) => Math.round(rng.uniform() * (n - 1)) };
      };
      rngLaws.integersCover(rounding, 1, 5);
    }));
});

describe("teeth: shuffled", () => {
  it("a permutation rejects: sampling with replacement", () =>
    rejects(() =>
      shuffledLaws.isPermutation((x, rng) => x.map(() => x[rng.integer(x.length)]!), [1, 2, 3, 4, 5, 6], 1),
    ));
  it("a permutation rejects: shuffling in place", () =>
    rejects(() => shuffledLaws.isPermutation((x, rng) => Object.assign(x, shuffled(x, rng)), [1, 2, 3, 4, 5, 6], 1)));
  it("uniformity rejects: swapping with any position", () =>
    rejects(() =>
      shuffledLaws.isUniform((x, rng) => {
        const result = [...x];
        for (let i = 0; i < result.length; i++) {
          const j = rng.integer(result.length);
          [result[i], result[j]] = [result[j]!, result[i]!];
        }
        return result;
      }),
    ));
  it("uniformity rejects: rotation", () =>
    rejects(() =>
      shuffledLaws.isUniform((x, rng) => {
        const by = rng.integer(x.length);
        return [...x.slice(by), ...x.slice(0, by)];
      }),
    ));
});

describe("teeth: quantile", () => {
  it("agreement with NumPy rejects: the nearest order statistic", () =>
    rejects(() =>
      quantileLaws.agreesWithNumpy((x, q) => [...x].sort((a, b) => a - b)[Math.round((x.length - 1) * q)]!),
    ));
  it("bounds rejects: sorting as text", () =>
    rejects(() => quantileLaws.isBounded((x) => quantile([[...x].map(String).sort()[0]!].map(Number), 0), [10, 9], 0)));
  it("monotony rejects: 1 - q", () =>
    rejects(() => quantileLaws.isMonotone((x, q) => quantile(x, 1 - q), [1, 2, 3], 0.1, 0.9)));
});

describe("teeth: studentTail", () => {
  it("closed forms rejects: the normal approximation", () =>
    rejects(() => studentTailLaws.agreesWithClosedForms((t) => 0.5 * Math.exp(-t * t), 2)));
  it("closed forms rejects: two sides for one", () =>
    rejects(() => studentTailLaws.agreesWithClosedForms((t, df) => 2 * studentTail(t, df), 2)));
  it("far out rejects: 1 - cdf that is 0 far out", () =>
    rejects(() => studentTailLaws.agreesFarOut((t, df) => 1 - (1 - studentTail(t, df)))));
  it("falling in t rejects: the lower tail", () =>
    rejects(() => studentTailLaws.fallsInT((t, df) => studentTail(-t, df), 1, 2, 5)));
});

describe("teeth: welchGreater", () => {
  const swapped = (a: Bucket, b: Bucket): WelchResult => welchGreater(b, a);
  const shifted = (change: (t: WelchResult & { kind: "tested" }) => object) => (a: Bucket, b: Bucket) => {
    const result = welchGreater(a, b);
    return result.kind === "tested" ? { ...result, ...change(result) } : result;
  };
  it("agreement with SciPy rejects: swapped buckets", () => rejects(() => welchLaws.agreesWithScipy(swapped)));
  it("agreement with SciPy rejects: Student's pooled degrees of freedom", () =>
    rejects(() => welchLaws.agreesWithScipy(shifted(({ nA, nB }) => ({ df: nA + nB - 2 })))));
  it("agreement with SciPy and antisymmetry rejects: two-sided p", async () => {
    await rejects(() => welchLaws.agreesWithScipy(shifted(({ p }) => ({ p: 2 * Math.min(p, 1 - p) }))));
    await rejects(() =>
      welchLaws.isAntisymmetric(
        shifted(({ p }) => ({ p: 2 * Math.min(p, 1 - p) })),
        [1, 3],
        [0, 5],
      ),
    );
  });
  it("affine invariance rejects: the difference of means in place of t", () =>
    rejects(() =>
      welchLaws.isAffineInvariant(
        shifted((r) => ({ t: r.meanA - r.meanB })),
        [1, 4, 6],
        [0, 2],
        3,
        1,
      ),
    ));
  it("monotony rejects: the magnitude of t", () =>
    rejects(() =>
      welchLaws.isMonotone(
        shifted(({ t }) => ({ t: Math.abs(t) })),
        [0, 1],
        [90, 91],
        2,
      ),
    ));
  it("small buckets counted rejects: NaN for a one-row bucket", () =>
    rejects(() =>
      welchLaws.countsSmallBuckets(
        (a, b) => {
          const result = welchGreater(a, b);
          if (result.kind === "tested") return result;
          return {
            kind: "tested",
            t: Number.NaN,
            df: Number.NaN,
            p: Number.NaN,
            meanA: 0,
            meanB: 0,
            nA: result.nA,
            nB: result.nB,
          };
        },
        [1, 2],
        [1],
      ),
    ));
});
