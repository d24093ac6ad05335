import fc from "fast-check";
import { SingularValueDecomposition, Matrix as MlMatrix } from "ml-matrix";
import { expect } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { extractMean } from "../../src/vhack/extractMean.ts";
import { extractSvd } from "../../src/vhack/extractSvd.ts";
import type { Differences } from "../../src/vhack/differences.ts";
import type { HackDirections } from "../../src/vhack/vHackFile.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, norm } from "../support/tolerance.ts";
import { anyModules, differencesFrom, reordered, toothModules } from "./differences.ts";
import { changed } from "./directions.ts";
import {
  backwardError,
  dot,
  extracted,
  lawsOfEveryExtraction,
  mapped,
  rowsOf,
  type Extract,
  type Freedom,
  type Pairs,
} from "./everyExtraction.ts";

/** As many directions as there are pairs, at most three. */
const topThree: Extract = (differences) => extractSvd(differences, Math.min(differences.nPairs, 3));
const two: Extract = (differences) => extractSvd(differences, 2);

/** All singular values by an independent implementation, padded with zeros to as many as there are pairs. */
function spectrum(pairs: Pairs): number[] {
  const rows = new MlMatrix(pairs.map((row) => [...row]));
  const values = new SingularValueDecomposition(rows, { autoTranspose: true }).diagonal;
  return Array.from({ length: pairs.length }, (_, i) => values[i] ?? 0);
}

/** Two unit vectors differ by 2 at most, and their rounding. */
const anyUnitVector = 2.5;

/**
 * Wedin: a singular vector turns by the error over its gap to the neighbouring singular values. Its votes c = D v = s u then
 * change by the error and by s times u's turn. Its sign is free where a vote lies within that, and where votes are tied
 * and their sum does.
 */
const freedom: Freedom = (pairs, row, i) => {
  const values = spectrum(pairs);
  const noise = backwardError(pairs) * values[0]!;
  const gap = Math.min(
    values[i]! - (values[i + 1] ?? 0),
    i === 0 ? Number.POSITIVE_INFINITY : values[i - 1]! - values[i]!,
  );
  if (gap <= 0) return anyUnitVector;
  const turn = (4 * noise) / gap;
  const voteNoise = 4 * noise + values[i]! * turn;
  const votes = pairs.map((d) => dot(d, row));
  const isTied = votes.reduce((sum, c) => sum + Math.sign(c), 0) === 0;
  const total = votes.reduce((sum, c) => sum + c, 0);
  const isUndecided =
    votes.some((c) => Math.abs(c) <= voteNoise) || (isTied && Math.abs(total) <= votes.length * voteNoise);
  return isUndecided ? anyUnitVector : turn;
};

const then =
  (change: (found: HackDirections) => Partial<HackDirections>): Extract =>
  (d) =>
    changed(two(d), change);
const weakest: Extract = (d) =>
  changed(extractSvd(d, d.nPairs), ({ v, s, r }) => ({ v: v.slice(r, 3 * r), s: s.slice(1, 3), k: 2 }));
const byMean: Extract = (d) => {
  const toward = extractMean(d);
  return new Map(
    [...two(d)].map(([name, found]) => {
      const sum = rowsOf(found).map((row) => dot(row, toward.get(name)!.v));
      return [name, { ...found, v: found.v.map((x, i) => (sum[Math.floor(i / found.r)]! < 0 ? -x : x)) }];
    }),
  );
};

lawsOfEveryExtraction("extractSvd", topThree, freedom);

lawsOf<Extract>("extractSvd", topThree, (law) => {
  law("agrees with an independent SVD: s = its largest singular values", {
    for: [anyModules],
    holds: (extract, modules) =>
      extracted(extract, modules).forEach(({ s, k }, m) => {
        const values = spectrum(modules[m]!);
        for (let i = 0; i < k; i++)
          expectWithin(s[i]!, values[i]!, backwardError(modules[m]!) * values[0]!, `s ${i} of module ${m}`);
      }),
    rejects: {
      "squared singular values": [then(({ s }) => ({ s: s.map((x) => x * x) })), toothModules],
      "the weakest vectors": [weakest, toothModules],
      "s of another row": [then(({ s }) => ({ s: s.toReversed() })), toothModules],
    },
  });

  law("is invariant to the order of pairs, to rounding over the spectral gap", {
    for: [anyModules],
    holds: (extract, modules) => {
      const [plain, turned] = [extracted(extract, modules), extracted(extract, reordered(modules))];
      plain.forEach((directions, m) =>
        rowsOf(directions).forEach((row, i) => {
          const bound = freedom(modules[m]!, row, i);
          row.forEach((value, j) =>
            expectWithin(turned[m]!.v[i * directions.r + j]!, value, bound, `row ${i} of module ${m}`),
          );
        }),
      );
    },
    // a sign is free where a tied vote's sum is rounding (FC_SEED=308)
    examples: [
      [
        [
          [
            [0, -9.999999999999693, -6.259430897754237e-12],
            [0, -9.999999999533314, 0],
          ],
          [[0], [0]],
        ],
      ],
    ],
    rejects: { "pairs weighted by their order": [(d) => two(mapped(d, (x, pair) => x * (1 + pair))), toothModules] },
  });

  law("follows the majority: #(D v_i > 0) > #(D v_i < 0), ties: mean D v_i >= 0", {
    else: '"hack-ward" is the accident of an SVD\'s sign',
    for: [anyModules],
    holds: (extract, modules) =>
      extracted(extract, modules).forEach((directions, m) =>
        rowsOf(directions).forEach((row, i) => {
          const votes = modules[m]!.map((d) => dot(d, row));
          const noise = backwardError(modules[m]!) * norm(modules[m]!.flat());
          if (votes.some((c) => Math.abs(c) <= noise)) return;
          const [forIt, against] = [votes.filter((c) => c > 0).length, votes.filter((c) => c < 0).length];
          const total = votes.reduce((sum, c) => sum + c, 0);
          const isMajority = forIt > against || (forIt === against && total >= -noise * votes.length);
          expect(isMajority, `row ${i} of module ${m}: ${forIt} to ${against}`).toBe(true);
        }),
      ),
    rejects: {
      "the minority's sign": [then(({ v }) => ({ v: v.map((x) => -x) })), toothModules],
      "signs as they come": [
        then(({ v, r }) => ({ v: v.map((x, i) => (v[Math.floor(i / r) * r]! > 0 ? -x : x)) })),
        toothModules,
      ],
      "the sign of the mean alone": [
        byMean,
        [
          [
            [1, 0],
            [1, 0],
            [-10, 0],
          ],
        ],
      ],
    },
  });

  law("has no direction beyond the rank: equal pairs -> one row, the others zero", {
    for: [anyModules],
    holds: (extract, modules) => {
      const equal = modules.map((pairs) => pairs.map(() => pairs[0]!));
      for (const { v, s, r } of extract(differencesFrom(equal, 0)).values()) {
        expect(v.subarray(r).every((value) => value === 0)).toBe(true);
        expect(s.subarray(1).every((value) => value === 0)).toBe(true);
      }
    },
    rejects: { "rounding as a direction": [then(({ s }) => ({ s: s.map((x) => x + 1e-16) })), toothModules] },
  });
});

lawsOf("extractSvd", extractSvd, (law) => {
  law("counts the rank as NumPy: rows with S_i <= max(nPairs, r) 2^-52 S_0 are zero, wide or tall", {
    for: [fc.constantFrom([2, 64] as const, [64, 2] as const)],
    holds: (extract, [nPairs, r]) => {
      for (const [second, kept] of [
        [16, false],
        [256, true],
      ] as const) {
        const pairs = Array.from({ length: nPairs }, (_, i) =>
          Array.from({ length: r }, (__, j) => (i !== j ? 0 : i === 0 ? 1 : i === 1 ? second * 2 ** -52 : 0)),
        );
        const { v, s } = extract(differencesFrom([pairs], 0), 2).get("module.0")!;
        expect([s[0]! > 0, s[1]! > 0, v.subarray(r).some((value) => value !== 0)]).toEqual([true, kept, kept]);
      }
    },
    rejects: {
      "a rank of a fixed threshold": [
        (d, k) =>
          changed(extractSvd(d, k), ({ v, s, r }) => ({
            s: s.map((x) => (x < 1e-8 ? 0 : x)),
            v: v.map((x, i) => (s[Math.floor(i / r)]! < 1e-8 ? 0 : x)),
          })),
        [2, 64],
      ],
    },
  });

  law("rejects k outside 1 .. nPairs -> ConfigError", {
    for: [anyModules],
    holds: (extract, modules) => {
      const differences = differencesFrom(modules, 0);
      for (const k of [0, differences.nPairs + 1, 1.5]) expect(() => extract(differences, k)).toThrow(ConfigError);
    },
    rejects: {
      "k clamped": [(d: Differences, k) => extractSvd(d, Math.min(d.nPairs, Math.max(1, Math.floor(k)))), toothModules],
    },
  });
});
