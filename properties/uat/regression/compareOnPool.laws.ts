import fc from "fast-check";
import { expect } from "vitest";
import type { BootstrapInterval } from "../../../src/numeric/clusterBootstrap.ts";
import { compareOnPool } from "../../../src/uat/regression/compareOnPool.ts";
import { plainMean, plainT, plainVariance } from "../../reference/plainTests.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { expectNear } from "../../support/tolerance.ts";
import { hackedRows } from "./hackedRows.ts";

/** A hacked row whose cosines are whole numbers: what is constant is so exactly. */
type Pair = readonly [isPure: boolean, older: number, newer: number];

const axes = [Float64Array.of(1, 0), Float64Array.of(0, 1)] as const;

/** t and Cohen's d of one of the two cosines; NaN where there is no test. */
function plainFigures(rows: readonly Pair[], which: 1 | 2): { t: number; effect: number } {
  const [pure, correct] = [true, false].map((isPure) =>
    rows.filter((row) => row[0] === isPure).map((row) => row[which]),
  ) as [number[], number[]];
  if (pure.length < 2 || correct.length < 2) return { t: Number.NaN, effect: Number.NaN };
  const pooled =
    ((pure.length - 1) * plainVariance(pure) + (correct.length - 1) * plainVariance(correct)) /
    (pure.length + correct.length - 2);
  return { t: plainT(pure, correct), effect: (plainMean(pure) - plainMean(correct)) / Math.sqrt(pooled) };
}

function expectSpan(interval: BootstrapInterval | null, values: readonly number[], what: string): void {
  const finite = values.filter(Number.isFinite);
  expect(interval === null, `${what}: no interval where no resample has a figure`).toBe(finite.length === 0);
  if (interval === null) return;
  expectNear(interval.low, Math.min(...finite), `${what}: low of ${finite.join()}`);
  expectNear(interval.high, Math.max(...finite), `${what}: high of ${finite.join()}`);
}

const [along, across] = [Float64Array.of(1, 0, 0), Float64Array.of(0, 1, 0)];
const cosine = fc.integer({ min: -4, max: 4 });
const pairs: fc.Arbitrary<Pair[]> = fc.array(fc.tuple(fc.boolean(), cosine, cosine), { minLength: 1, maxLength: 5 });

const mixed: Pair[] = [
  [true, 3, 1],
  [true, 2, 2],
  [false, -1, 3],
  [false, 1, 0],
];

/** Resamples of one problem: no correct row; a single row of each kind; an older direction that nothing moves, and a newer one. */
const narrow: readonly Pair[][] = [
  [[true, 1, 2]],
  [
    [true, 2, 1],
    [false, 1, 3],
  ],
  [
    [true, 1, 2],
    [true, 1, 3],
    [false, 1, 1],
    [false, 1, 0],
  ],
  [
    [true, 2, 1],
    [true, 3, 1],
    [false, 1, 1],
    [false, 0, 1],
  ],
];

const few: Pair[] = [
  [true, 1, 2],
  [false, 0, 3],
  [false, 2, 2],
];

lawsOf("compareOnPool", compareOnPool, (law) => {
  law("finds no change in itself: t equal, change 0 in every resample", {
    for: [fc.integer({ min: 0, max: 1000 })],
    holds: (compare, seed) => {
      const { older, newer, tChange, effectChange } = compare(hackedRows(seed, 2), along, along, seed);
      expect(newer).toEqual(older);
      expect([tChange!.low, tChange!.high, effectChange!.low, effectChange!.high].map(Math.abs)).toEqual([0, 0, 0, 0]);
    },
    numRuns: 5,
    rejects: {
      "t for its change": [
        (...given) => {
          const found = compareOnPool(...given);
          return { ...found, tChange: found.tOfNewer };
        },
        1,
      ],
      "the newer one on half of the rows": [
        (hacked, ...rest) => ({
          ...compareOnPool(hacked, ...rest),
          newer: compareOnPool(hacked.slice(24), ...rest).newer,
        }),
        1,
      ],
    },
  });

  law("sees a lost signal: the paired interval of t lies below 0, at five seeds", {
    else: "a v_hack that lost its signal is within the noise of the comparison",
    for: [],
    holds: (compare) => {
      for (const seed of [1, 2, 3, 4, 5]) {
        const { older, newer, tChange } = compare(hackedRows(seed, 4), along, across, seed);
        expect(older!.t).toBeGreaterThan(newer!.t);
        expect(tChange!.high).toBeLessThan(0);
        const back = compare(hackedRows(seed, 4), across, along, seed).tChange!;
        expect(back.low).toBeGreaterThan(0);
      }
    },
    rejects: {
      "the directions exchanged": [(hacked, older, newer, seed) => compareOnPool(hacked, newer, older, seed)],
    },
  });

  // Of two problems a resample holds one twice or both, each in a quarter of the draws or more: the 95% intervals span what these give.
  // Draws without a test for either direction are left out, and those whose figure is infinite.
  law(
    "resamples problems whole: of two, the intervals span twice the one, both, twice the other, as far as these are finite",
    {
      else: "the change that decides about a new v_hack has the interval of another pool, or a small pool ends in an exception",
      for: [pairs, pairs, fc.nat()],
      holds: (compare, first, second, seed) => {
        const rows = [first, second].flatMap((pairs, problem) =>
          pairs.map(([isPure, ...cosines]) => ({
            gtPass: !isPure,
            compLen: 1,
            problem,
            unit: Float64Array.from(cosines),
            recorded: null,
          })),
        );
        const found = compare(rows, ...axes, seed);
        const draws = [
          [...first, ...first],
          [...first, ...second],
          [...second, ...second],
        ].map((drawn) => ({ was: plainFigures(drawn, 1), is: plainFigures(drawn, 2) }));
        const tested = draws.filter(({ was, is }) => !Number.isNaN(was.t) && !Number.isNaN(is.t));
        expectSpan(
          found.tOfNewer,
          tested.map(({ is }) => is.t),
          "t of the newer",
        );
        expectSpan(
          found.tChange,
          tested.map(({ was, is }) => is.t - was.t),
          "change of t",
        );
        expectSpan(
          found.effectChange,
          tested.map(({ was, is }) => is.effect - was.effect),
          "change of effect",
        );
        for (const [figures, which] of [
          [found.older, 1],
          [found.newer, 2],
        ] as const) {
          const plain = plainFigures([...first, ...second], which);
          expect(figures === null, "no figures where there is no test").toBe(Number.isNaN(plain.t));
          if (figures === null) continue;
          expectNear(figures.t, plain.t, "t");
          expectNear(figures.effectSize, plain.effect, "effect size");
        }
      },
      numRuns: narrow.length + 4,
      examples: narrow.map((second): [Pair[], Pair[], number] => [mixed, second, 1]),
      rejects: {
        "the directions exchanged": [
          (hacked, older, newer, seed) => compareOnPool(hacked, newer, older, seed),
          mixed,
          few,
          1,
        ],
        "every row a problem of its own": [
          (hacked, ...rest) =>
            compareOnPool(
              hacked.map((one, i) => ({ ...one, problem: i })),
              ...rest,
            ),
          mixed,
          few,
          1,
        ],
      },
    },
  );

  law("has no interval where there are no rows", {
    for: [],
    holds: (compare) =>
      expect(compare([], along, across, 1)).toEqual({
        older: null,
        newer: null,
        tOfNewer: null,
        tChange: null,
        effectChange: null,
      }),
    rejects: {
      "an interval of zeros": [
        (...given) => ({ ...compareOnPool(...given), tChange: { low: 0, high: 0, draws: 0, undefinedDraws: 0 } }),
      ],
    },
  });
});
