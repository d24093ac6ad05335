import { expect } from "vitest";
import { extractMean } from "../../src/vhack/extractMean.ts";
import { extractSvd } from "../../src/vhack/extractSvd.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, gamma, norm, unitRoundoff64 } from "../support/tolerance.ts";
import { anyModules, differencesFrom, reordered, toothModules } from "./differences.ts";
import { changed } from "./directions.ts";
import { extracted, lawsOfEveryExtraction, mapped, type Extract, type Pairs } from "./everyExtraction.ts";

const meanOf = (pairs: Pairs) => pairs[0]!.map((_, j) => pairs.reduce((sum, row) => sum + row[j]!, 0) / pairs.length);

/** Error of the unit mean: rounding of the sum over what is left of it after cancellation. */
function conditionOf(pairs: Pairs): number {
  const spent = norm(pairs.flat()) * Math.sqrt(pairs.length);
  const left = norm(meanOf(pairs)) * pairs.length;
  return left === 0 ? 1 : (gamma(4 * pairs.length + 16, unitRoundoff64) * 4 * spent) / left;
}

// the mean is a sum of the same numbers, up to sign: nothing is free
lawsOfEveryExtraction("extractMean", extractMean, () => 0);

lawsOf<Extract>("extractMean", extractMean, (law) => {
  law("points along the mean difference: v = mean d / |mean d|", {
    else: '"the direction of the note" is another direction',
    for: [anyModules],
    holds: (extract, modules) =>
      extracted(extract, modules).forEach((directions, m) => {
        const mean = meanOf(modules[m]!);
        const length = norm(mean);
        expect(directions.k).toBe(1);
        const bound = conditionOf(modules[m]!);
        mean.forEach((value, j) =>
          expectWithin(directions.v[j]!, length === 0 ? 0 : value / length, bound, `module ${m} entry ${j}`),
        );
      }),
    rejects: {
      "the first singular vector": [(d) => extractSvd(d, 1), toothModules],
      "the opposite": [(d) => changed(extractMean(d), ({ v }) => ({ v: v.map((x) => -x) })), toothModules],
      "the last pair": [(d) => extractMean(mapped(d, (x, pair) => (pair === d.nPairs - 1 ? x : 0))), toothModules],
      "the first pair only": [(d) => extractMean(mapped(d, (x, pair) => (pair === 0 ? x : 0))), toothModules],
    },
  });

  law("is the mean, not the sum: differences whose sum is beyond the doubles have a direction", {
    for: [],
    holds: (extract) => {
      const { v, s } = extract(differencesFrom([[[5e307], [5e307], [5e307], [5e307]]], 0)).get("module.0")!;
      expect([...v]).toEqual([1]);
      expectWithin(s[0]!, 1e308, 1e308 * gamma(8, unitRoundoff64), "|D v| = sqrt(4) 5e307");
    },
    rejects: { "the sum": [(d) => extractMean(mapped(d, (x) => x * d.nPairs))] },
  });

  law("is invariant to the order of pairs, to rounding", {
    for: [anyModules],
    holds: (extract, modules) => {
      const [plain, turned] = [extracted(extract, modules), extracted(extract, reordered(modules))];
      plain.forEach(({ v }, m) =>
        v.forEach((value, j) =>
          expectWithin(turned[m]!.v[j]!, value, 2 * conditionOf(modules[m]!), `module ${m} entry ${j}`),
        ),
      );
    },
    rejects: {
      "pairs weighted by their order": [(d) => extractMean(mapped(d, (x, pair) => x * (1 + pair))), toothModules],
    },
  });
});
