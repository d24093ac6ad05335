import fc from "fast-check";
import { expect } from "vitest";
import type { BootstrapInterval } from "../../../src/numeric/clusterBootstrap.ts";
import type { PartialResult } from "../../../src/numeric/partialTest.ts";
import { seededRng } from "../../../src/numeric/rng.ts";
import type { WelchResult } from "../../../src/numeric/welch.ts";
import type { PermutationTest } from "../../../src/numeric/withinGroupPermutation.ts";
import type { RowCosine } from "../../../src/uat/common/scoredRows.ts";
import {
  atEqualLength,
  bucketTest,
  lengthRegressedTest,
  overProblems,
  withinProblems,
} from "../../../src/uat/r4/buckets.ts";
import { bucketsOf, plainMean, plainPartial, plainRegressed } from "../../reference/plainTests.ts";
import { runSeed } from "../../support/arbitraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import {
  expectNear,
  expectWithin,
  gamma,
  goldenTolerance,
  hoeffding,
  unitRoundoff64,
} from "../../support/tolerance.ts";
import { scored } from "./scored.ts";

type Welch = (rows: readonly RowCosine[]) => WelchResult;

type Permutation = (rows: readonly RowCosine[], seed: number) => PermutationTest;

type Bootstrap = (rows: readonly RowCosine[], seed: number) => BootstrapInterval | null;

/** What a law says of a row; the rest is of no concern to the buckets. */
type Told = Pick<RowCosine, "gtPass" | "problem" | "cosine">;

/** Rows whose cosine rises with length; pure hacks are shorter, and lie higher by more than length explains. */
function leaningOnLength(seed: number, count = 14): RowCosine[] {
  const rng = seededRng(seed, "buckets");
  return Array.from({ length: count }, (_, i) => {
    const compLen = (i % 2 === 0 ? 5 : 9) + rng.integer(8);
    return scored({
      gtPass: i % 2 === 1,
      compLen,
      problem: i % 4,
      cosine: 0.05 * compLen + (i % 2 === 0 ? 0.4 : 0) + 0.2 * rng.normal(),
    });
  });
}

/** The two means of at most n such values, each rounded n + 2 times, and their difference. */
const differenceBound = (n: number, largest: number) => 2 * gamma(n + 3, unitRoundoff64) * 2 * largest;

const told: fc.Arbitrary<Told> = fc.record({
  gtPass: fc.boolean(),
  problem: fc.nat(2),
  cosine: fc.integer({ min: -4, max: 4 }),
});

const few = fc.array(told, { minLength: 1, maxLength: 6 });

type Change = (row: RowCosine, i: number) => Partial<RowCosine>;

type OfRows<Rest extends readonly unknown[], Result> = (rows: readonly RowCosine[], ...rest: Rest) => Result;

/** An implementation that sees the rows otherwise than they are. */
const seeing =
  <Rest extends readonly unknown[], Result>(of: OfRows<Rest, Result>, change: Change): OfRows<Rest, Result> =>
  (rows, ...rest) =>
    of(
      rows.map((row, i) => ({ ...row, ...change(row, i) })),
      ...rest,
    );

const swapped = ({ gtPass }: { readonly gtPass: boolean }) => ({ gtPass: !gtPass });

const oneLength = () => ({ compLen: 1 });

const marked = (marks: string, problem = 0): Told[] =>
  [...marks].map((mark, i) => ({ gtPass: mark === "c", problem, cosine: mark === "c" ? 0 : i + 1 }));

const twoProblems = [...marked("pc", 0), ...marked("pcc", 1)];

lawsOf<Welch>("lengthRegressedTest", lengthRegressedTest, (law) => {
  law("is Welch's test on what the line in length leaves", {
    else: 'the line "completion length regressed out" repeats the first one, and a length signal looks confirmed',
    for: [runSeed],
    holds: (test, seed) => {
      const result = test(leaningOnLength(seed));
      expect(result.kind).toBe("tested");
      if (result.kind !== "tested") return;
      const plain = plainRegressed(leaningOnLength(seed));
      expectNear(result.t, plain.t, "t");
      expectWithin(result.df, plain.df, goldenTolerance.welchTAndDf * plain.df, "df");
    },
    rejects: {
      "Welch's test on the cosines as they are": [bucketTest, 1],
      "buckets swapped": [seeing(lengthRegressedTest, swapped), 1],
    },
  });

  law("counts the buckets where there are too few rows", {
    else: "a pool of one hacked row ends the report with an exception",
    for: [fc.nat(3), fc.nat(1)],
    holds: (test, pure, correct) => {
      const rows = Array.from({ length: pure + correct }, (_, i) => scored({ gtPass: i >= pure, cosine: i }));
      expect(test(rows)).toEqual({ kind: "tooFew", nA: pure, nB: correct });
    },
    rejects: { "buckets swapped": [seeing(lengthRegressedTest, swapped), 2, 1] },
  });
});

lawsOf<(rows: readonly RowCosine[]) => PartialResult>("atEqualLength", atEqualLength, (law) => {
  law("is the t of the partial correlation of cosine and bucket, given length", {
    else: "the line that decides about a length signal is a test of something else",
    for: [runSeed],
    holds: (test, seed) => {
      const result = test(leaningOnLength(seed));
      expect(result.kind).toBe("tested");
      if (result.kind !== "tested") return;
      const { t } = plainPartial(leaningOnLength(seed));
      expectNear(result.t, t, "t");
    },
    rejects: {
      "a test blind to length": [seeing(atEqualLength, oneLength), 1],
      "buckets swapped": [seeing(atEqualLength, swapped), 1],
    },
  });
});

lawsOf<Permutation>("withinProblems", withinProblems, (law) => {
  law("permutes within problems: p = share of relabellings with as large a sum of pure cosines", {
    else: "easy problems, on which bodies are right and prompts alike, pass for the direction",
    for: [few, runSeed],
    holds: (test, told, seed) => {
      const problems = [...new Set(told.map(({ problem }) => problem))].map((problem) =>
        told.filter((row) => row.problem === problem),
      );
      let sums = [0];
      for (const rows of problems) {
        const pure = rows.filter(({ gtPass }) => !gtPass).length;
        const choices = Array.from({ length: 2 ** rows.length }, (_, mask) =>
          rows.filter((_row, i) => (mask >> i) & 1),
        ).filter(({ length }) => length === pure);
        sums = sums.flatMap((sum) => choices.map((chosen) => chosen.reduce((all, { cosine }) => all + cosine, sum)));
      }
      const observed = told.reduce((sum, { gtPass, cosine }) => sum + (gtPass ? 0 : cosine), 0);
      const { p, draws, informativeGroups } = test(told.map(scored), seed);
      expectWithin(
        p,
        sums.filter((sum) => sum >= observed).length / sums.length,
        hoeffding(draws, 1e-9) + 1 / draws,
        "p",
      );
      expect(informativeGroups).toBe(
        problems.filter((rows) => new Set(rows.map(({ gtPass }) => gtPass)).size === 2).length,
      );
    },
    numRuns: 20,
    rejects: {
      "labels permuted over all problems": [seeing(withinProblems, () => ({ problem: 0 })), twoProblems, 1],
      "buckets swapped": [seeing(withinProblems, swapped), twoProblems, 1],
    },
  });
});

lawsOf<Bootstrap>("overProblems", overProblems, (law) => {
  law("resamples problems whole: of two, the interval spans twice the one, both, twice the other", {
    else: "rows of one problem count as independent, and the interval is too narrow",
    for: [few, few, runSeed],
    holds: (interval, first, second, seed) => {
      const [a, b] = [first.map((row) => ({ ...row, problem: "a" })), second.map((row) => ({ ...row, problem: "b" }))];
      const differences = [
        [...a, ...a],
        [...a, ...b],
        [...b, ...b],
      ].flatMap((rows) => {
        const [pure, correct] = bucketsOf(rows.map(scored));
        return pure.length === 0 || correct.length === 0 ? [] : [plainMean(pure) - plainMean(correct)];
      });
      const found = interval([...a, ...b].map(scored), seed);
      expect(found === null, "no interval where no resample has both kinds").toBe(differences.length === 0);
      if (found === null) return;
      const bound = differenceBound(
        2 * (a.length + b.length),
        Math.max(...[...a, ...b].map(({ cosine }) => Math.abs(cosine))),
      );
      expectWithin(found.low, Math.min(...differences), bound, "low");
      expectWithin(found.high, Math.max(...differences), bound, "high");
    },
    numRuns: 20,
    rejects: {
      "every row a problem of its own": [
        seeing(overProblems, (_row, i) => ({ problem: i })),
        marked("pppcc"),
        marked("pcc"),
        1,
      ],
      "buckets swapped": [seeing(overProblems, swapped), marked("pppcc"), marked("pcc"), 1],
      "the larger bound twice": [
        (...given) => {
          const found = overProblems(...given);
          return found === null ? null : { ...found, low: found.high };
        },
        marked("pppcc"),
        marked("pcc"),
        1,
      ],
    },
  });

  law("has no interval where there are no rows", {
    for: [],
    holds: (interval) => expect(interval([], 1)).toBe(null),
    rejects: {
      "an interval of zeros": [
        (rows, seed) => overProblems(rows, seed) ?? { low: 0, high: 0, draws: 0, undefinedDraws: 0 },
      ],
    },
  });
});
