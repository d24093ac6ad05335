import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError, NonFiniteError, ShapeError } from "../../src/errors.ts";
import { knobLayout } from "../../src/adapter/knobTable.ts";
import { differencesOf, type Differences } from "../../src/vhack/differences.ts";
import { extractMean } from "../../src/vhack/extractMean.ts";
import { extractSvd } from "../../src/vhack/extractSvd.ts";
import { orientHackward } from "../../src/vhack/orientHackward.ts";
import { matrix } from "../../src/numeric/linalg/matrix.ts";
import type { HackDirections } from "../../src/vhack/vHackFile.ts";
import { nonFinite } from "../support/arbitraries.ts";
import { expectWithin, gamma, unitRoundoff64 } from "../support/tolerance.ts";
import { anyModules, differencesFrom, type ModulePairs } from "./differences.ts";
import { extractLaws, meanFreedom, svdFreedom, type Freedom } from "./extract.statements.ts";

const forAnyModules = (law: (modules: ModulePairs) => void) => fc.assert(fc.property(anyModules, law));
/** As many directions as there are pairs, at most three. */
const topThree = (differences: Differences) => extractSvd(differences, Math.min(differences.nPairs, 3));

describe("extractMean", () => {
  lawsOfEveryExtraction(extractMean, meanFreedom);

  // ELSE "the direction of the note" is another direction
  it("points along the mean difference: v = mean d / |mean d|", () =>
    forAnyModules((x) => extractLaws.meanPointsAlongTheMean(extractMean, x)));

  it("is the mean, not the sum: differences whose sum is beyond the doubles have a direction", () => {
    const { v, s } = extractMean(differencesFrom([[[5e307], [5e307], [5e307], [5e307]]], 0)).get("module.0")!;
    expect([...v]).toEqual([1]);
    expectWithin(s[0]!, 1e308, 1e308 * gamma(8, unitRoundoff64), "|D v| = sqrt(4) 5e307");
  });

  it("is invariant to the order of pairs, to rounding", () =>
    forAnyModules((x) => extractLaws.meanIgnoresOrder(extractMean, x)));
});

describe("extractSvd", () => {
  lawsOfEveryExtraction(topThree, svdFreedom);

  it("agrees with an independent SVD: s = its largest singular values", () =>
    forAnyModules((x) => extractLaws.svdFindsTheSpectrum(topThree, x)));

  it("is invariant to the order of pairs, to rounding over the spectral gap", () =>
    forAnyModules((x) => extractLaws.svdIgnoresOrder(topThree, x)));

  it("leaves a sign free where a tied vote's sum is rounding (FC_SEED=308)", () =>
    extractLaws.svdIgnoresOrder(topThree, [
      [
        [0, -9.999999999999693, -6.259430897754237e-12],
        [0, -9.999999999533314, 0],
      ],
      [[0], [0]],
    ]));

  // ELSE "hack-ward" is the accident of an SVD's sign
  it("follows the majority: #(D v_i > 0) > #(D v_i < 0), ties: mean D v_i >= 0", () =>
    forAnyModules((x) => extractLaws.svdFollowsTheMajority(topThree, x)));

  it("has no direction beyond the rank: equal pairs -> one row, the others zero", () =>
    forAnyModules((modules) => {
      const equal = modules.map((pairs) => pairs.map(() => pairs[0]!));
      for (const { v, s, r } of topThree(differencesFrom(equal, 0)).values()) {
        expect(v.subarray(r).every((value) => value === 0)).toBe(true);
        expect(s.subarray(1).every((value) => value === 0)).toBe(true);
      }
    }));

  it("counts the rank as NumPy: rows with S_i <= max(nPairs, r) 2^-52 S_0 are zero, wide or tall", () => {
    for (const [nPairs, r] of [
      [2, 64],
      [64, 2],
    ] as const)
      for (const [second, kept] of [
        [16, false],
        [256, true],
      ] as const) {
        const pairs = Array.from({ length: nPairs }, (_, i) =>
          Array.from({ length: r }, (__, j) => (i !== j ? 0 : i === 0 ? 1 : i === 1 ? second * 2 ** -52 : 0)),
        );
        const { v, s } = extractSvd(differencesFrom([pairs], 0), 2).get("module.0")!;
        expect([s[0]! > 0, s[1]! > 0, v.subarray(r).some((value) => value !== 0)]).toEqual([true, kept, kept]);
      }
  });

  it("rejects k outside 1 .. nPairs -> ConfigError", () =>
    forAnyModules((modules) => {
      const differences = differencesFrom(modules, 0);
      for (const k of [0, differences.nPairs + 1, 1.5]) expect(() => extractSvd(differences, k)).toThrow(ConfigError);
    }));
});

describe("orientHackward", () => {
  it("lets the majority decide, however strong the minority; a tie is decided by the mean, + where that is 0", () => {
    const sign = (...c: number[]) => orientHackward(Float64Array.of(1), matrix(c.length, 1, c))[0];
    expect([sign(1, 1, -10), sign(-1, -1, 10)]).toEqual([1, -1]);
    expect([sign(1, -10), sign(-1, 10), sign(0, 2), sign(0, -2)]).toEqual([-1, 1, 1, -1]);
    expect([sign(1, -1), sign(0, 0), sign(0)]).toEqual([1, 1, 1]);
  });
});

describe("differencesOf", () => {
  it("names the first pair with a broken gradient, whichever module and entry it is in", () => {
    const layout = knobLayout([
      { moduleName: "a", width: 2 },
      { moduleName: "b", width: 3 },
    ]); // 2 x 3 numbers a pair
    for (const at of Array.from({ length: 18 }).keys()) {
      const data = Float64Array.from({ length: 18 }, (_, i) =>
        i < at ? 1 : i === at ? Number.NaN : Number.POSITIVE_INFINITY,
      );
      expect(() => differencesOf(3, layout, data)).toThrow(
        `expected finite gradients, got NaN in pair ${at < 6 ? 0 : at < 12 ? 1 : 2}`,
      );
    }
  });

  it("rejects sizes that do not fit, no pair and non-finite gradients -> ShapeError, NonFiniteError", () => {
    const layout = knobLayout([{ moduleName: "a", width: 2 }]);
    expect(() => differencesOf(1, layout, new Float64Array(3))).toThrow(ShapeError);
    expect(() => differencesOf(0, layout, new Float64Array(0))).toThrow(ShapeError);
    fc.assert(
      fc.property(nonFinite, (broken) => {
        expect(() => differencesOf(2, layout, Float64Array.of(1, 2, 3, broken))).toThrow(NonFiniteError);
      }),
    );
  });
});

function lawsOfEveryExtraction(
  extract: (differences: Differences) => Map<string, HackDirections>,
  freedom: Freedom,
): void {
  it("is orthonormal: |v_i| = 1 where s_i > 0, v_i = 0 where s_i = 0, v_i · v_j = 0", () =>
    forAnyModules((x) => extractLaws.isOrthonormal(extract, x)));

  it("measures strength: s_i = |D v_i|", () => forAnyModules((x) => extractLaws.measuresStrength(extract, x)));

  // ELSE the direction does not know hack from clean
  it("flips when hack and clean are swapped: v(-D) = -v(D)", () =>
    forAnyModules((x) => extractLaws.flipsWhenSwapped(extract, x, freedom)));

  it("scales its strength only: v(2 D) = v(D), s(2 D) = 2 s(D), bit for bit", () =>
    forAnyModules((x) => extractLaws.scalesStrengthOnly(extract, x)));

  it("is invariant to what stands in the padding", () => forAnyModules((x) => extractLaws.ignoresPadding(extract, x)));
}
