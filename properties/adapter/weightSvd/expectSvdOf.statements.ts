import { expect } from "vitest";
import { expectSvdOf } from "../../../src/adapter/weightSvd/expectSvdOf.ts";
import type { DenseWeight, WeightSvd } from "../../../src/adapter/weightSvd/svdWorkerPool.ts";

type Check = typeof expectSvdOf;

/** Ways in which stored factors can be wrong, each visible far above rounding. */
export const spoilings: readonly { name: string; spoil: (svd: WeightSvd) => Partial<WeightSvd>; says: RegExp }[] = [
  {
    name: "a vector of U flipped",
    spoil: ({ u, r }) => ({ u: u.map((value, i) => (i % r === 0 ? -value : value)) }),
    says: /U diag\(s\) Vh to be the weight/,
  },
  {
    name: "values scaled",
    spoil: ({ s }) => ({ s: s.map((value) => value * 1.001) }),
    says: /U diag\(s\) Vh to be the weight/,
  },
  { name: "values ascending", spoil: ({ s }) => ({ s: s.toReversed() }), says: /descending/ },
  {
    name: "a negative value",
    spoil: ({ s }) => ({ s: s.map((value, i) => (i === s.length - 1 ? -value : value)) }),
    says: /descending and >= 0/,
  },
  { name: "a NaN value", spoil: ({ s }) => ({ s: s.map(() => NaN) }), says: /descending/ },
  {
    name: "s folded into U",
    spoil: ({ u, s, r }) => ({ u: u.map((value, i) => value * s[i % r]!), s: s.map(() => 1) }),
    says: /orthonormal columns of U/,
  },
  {
    name: "s folded into Vh",
    spoil: ({ vh, s, r }) => ({
      vh: vh.map((value, i) => value * s[Math.floor((i * r) / vh.length)]!),
      s: s.map(() => 1),
    }),
    says: /orthonormal rows of Vh/,
  },
  { name: "one vector missing", spoil: ({ r, s }) => ({ r: r - 1, s: s.slice(1) }), says: /factors of a \[/ },
];

/** Laws of the check on load, for the real one and for its mutants. */
export const expectSvdOfLaws = {
  accepts(check: Check, weight: DenseWeight, svd: WeightSvd): void {
    expect(() => check(weight, svd, "cache")).not.toThrow();
  },

  refuses(check: Check, weight: DenseWeight, svd: WeightSvd, says: RegExp): void {
    expect(() => check(weight, svd, "cache")).toThrow(says);
  },
};
