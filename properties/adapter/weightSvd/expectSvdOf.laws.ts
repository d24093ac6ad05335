import fc from "fast-check";
import { expect } from "vitest";
import { expectSvdOf } from "../../../src/adapter/weightSvd/expectSvdOf.ts";
import type { DenseWeight, WeightSvd } from "../../../src/adapter/weightSvd/weightSvd.ts";
import { matrix } from "../../../src/numeric/linalg/matrix.ts";
import { thinSvd } from "../../../src/numeric/linalg/thinSvd.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { seededWeight } from "../../support/seededWeight.ts";

/** A weight's SVD as the cache stores it: computed in float64, U and Vh rounded to float32. */
function float32SvdOf({ rows, cols, data }: DenseWeight): WeightSvd {
  const { u, s, vh } = thinSvd(matrix(rows, cols, data));
  return { u: Float32Array.from(u.data), s, vh: Float32Array.from(vh.data), r: s.length };
}

const anyShape = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.nat());
const anyScale: fc.Arbitrary<number> = fc.constantFrom(0, 1e-30, 1, 1e30);

/** A way in which stored factors can be wrong, visible far above rounding, and what the check must say of it. */
interface Spoiling {
  readonly spoil: (svd: WeightSvd) => Partial<WeightSvd>;
  readonly says: RegExp;
}

const spoilings: Readonly<Record<string, Spoiling>> = {
  "a vector of U flipped": {
    spoil: ({ u, r }) => ({ u: u.map((value, i) => (i % r === 0 ? -value : value)) }),
    says: /U diag\(s\) Vh to be the weight/,
  },
  "values scaled": {
    spoil: ({ s }) => ({ s: s.map((value) => value * 1.001) }),
    says: /U diag\(s\) Vh to be the weight/,
  },
  "values ascending": { spoil: ({ s }) => ({ s: s.toReversed() }), says: /descending/ },
  "a negative value": {
    spoil: ({ s }) => ({ s: s.map((value, i) => (i === s.length - 1 ? -value : value)) }),
    says: /descending and >= 0/,
  },
  "a NaN value": { spoil: ({ s }) => ({ s: s.map(() => NaN) }), says: /descending/ },
  "s folded into U": {
    spoil: ({ u, s, r }) => ({ u: u.map((value, i) => value * s[i % r]!), s: s.map(() => 1) }),
    says: /orthonormal columns of U/,
  },
  "s folded into Vh": {
    spoil: ({ vh, s, r }) => ({
      vh: vh.map((value, i) => value * s[Math.floor((i * r) / vh.length)]!),
      s: s.map(() => 1),
    }),
    says: /orthonormal rows of Vh/,
  },
  "one vector missing": { spoil: ({ r, s }) => ({ r: r - 1, s: s.slice(1) }), says: /factors of a \[/ },
};

lawsOf("expectSvdOf", expectSvdOf, (law) => {
  law("accepts every SVD that was rounded to float32, a zero weight's too", {
    for: [anyShape, anyScale],
    holds: (check, [rows, cols, seed], scale) => {
      const plain = seededWeight("w", rows, cols, seed);
      const weight = { ...plain, data: plain.data.map((value) => value * scale) };
      expect(() => check(weight, float32SvdOf(weight), "cache")).not.toThrow();
    },
    rejects: {
      "a check without room for rounding": [
        () => {
          throw new Error("not exact");
        },
        [6, 4, 1],
        1,
      ],
    },
  });

  for (const [name, { spoil, says }] of Object.entries(spoilings))
    law(`rejects ${name} -> ArtifactError`, {
      else: "a cache made by a faulty version is believed for ever",
      for: [fc.nat(), fc.constantFrom([6, 4], [4, 6], [5, 5])],
      holds: (check, seed, [rows, cols]) => {
        const weight = seededWeight("w", rows!, cols!, seed);
        const svd = float32SvdOf(weight);
        expect(() => check(weight, { ...svd, ...spoil(svd) }, "cache")).toThrow(says);
      },
      rejects: { "a check that looks at nothing": [() => undefined, 1, [6, 4]] },
    });
});
