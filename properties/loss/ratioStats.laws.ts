import fc from "fast-check";
import { expect } from "vitest";
import { ratioHistogram, ratioStats, type RatioStats } from "../../src/loss/ratioStats.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, unitRoundoff64 } from "../support/tolerance.ts";
import { rounding } from "./tokens.ts";

const clip = 0.2;
const anyRatio = fc.oneof(
  fc.constantFrom(1, 1 - clip, 1 + clip),
  fc.double({ min: Math.exp(-4), max: Math.exp(4), noNaN: true }),
);
/** Tokens whose ratio is beyond a clip edge, each stopped or not. */
const anyTokens: fc.Arbitrary<(readonly [ratio: number, stop: number])[]> = fc.array(
  fc
    .tuple(anyRatio, fc.constantFrom(0, 1))
    .map(([ratio, stop]) => [ratio, ratio < 1 - clip || ratio > 1 + clip ? stop : 0] as const),
  { minLength: 1, maxLength: 12 },
);
const tooth: (readonly [number, number])[] = [
  [1, 0],
  [0.5, 1],
  [1.5, 0],
  [3, 1],
];

type Stats = typeof ratioStats;
const changed =
  (change: (real: RatioStats) => Partial<RatioStats>): Stats =>
  (...given) => {
    const real = ratioStats(...given);
    return { ...real, ...change(real) };
  };

lawsOf("ratioStats", ratioStats, (law) => {
  law("counts tokens: the mean of all ratios, the share of stopped ones, the share outside 1 ± eps", {
    else: "saturated ratios go unseen, and an arm that learns nothing reads as one that is held back",
    for: [anyTokens],
    holds: (stats, tokens) => {
      const [rho, stopped] = [tokens.map(([ratio]) => ratio), tokens.map(([, stop]) => stop)];
      const found = stats(rho, stopped, clip);
      const mean = rho.reduce((sum, ratio) => sum + ratio, 0) / rho.length;
      expectWithin(found.mean, mean, rounding(rho.length, mean), "mean");
      expectWithin(
        found.clipFraction,
        stopped.filter((stop) => stop === 1).length / rho.length,
        unitRoundoff64,
        "clip",
      );
      expect(found.outsideFraction).toBe(rho.filter((r) => r < 1 - clip || r > 1 + clip).length / rho.length);
    },
    rejects: {
      "tokens outside for tokens stopped": [
        changed(({ outsideFraction }) => ({ clipFraction: outsideFraction })),
        tooth,
      ],
      "a mean of means": [
        (ratios, stopped, eps) => {
          const halves = [ratios.slice(0, 1), ratios.slice(1)].map((part) => ratioStats(part, stopped, eps).mean);
          return { ...ratioStats(ratios, stopped, eps), mean: (halves[0]! + halves[1]!) / 2 };
        },
        tooth,
      ],
    },
  });

  law("keeps a histogram that counts each token once and splits at the clip edges", {
    for: [anyTokens],
    holds: (stats, tokens) => {
      const rho = tokens.map(([ratio]) => ratio);
      const { edges, counts } = stats(
        rho,
        tokens.map(([, stop]) => stop),
        clip,
      ).histogram;
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rho.length);
      expect(edges).toEqual([...edges].toSorted((a, b) => a - b));
      const below = (edge: number) => counts.filter((_, i) => edges[i]! < edge).reduce((sum, count) => sum + count, 0);
      for (const edge of [1 - clip, 1 + clip]) expect(below(edge)).toBe(rho.filter((ratio) => ratio < edge).length);
    },
    rejects: {
      "a histogram without clip edges": [changed(() => ({ histogram: { edges: [0, 1], counts: [1, 3] } })), tooth],
    },
  });
});

lawsOf("ratioHistogram", ratioHistogram, (law) => {
  law("counts a ratio in the bin that it begins: edges[i] <= rho < edges[i + 1], the last one open", {
    for: [],
    holds: (histogram) => {
      const { edges, counts } = histogram([0, 0.25, 0.8, 1.2, 4, 1000], 0.2);
      expect(edges.flatMap((edge, i) => (counts[i]! > 0 ? [[edge, counts[i]]] : []))).toEqual([
        [0, 1],
        [0.25, 1],
        [0.8, 1],
        [1.2, 1],
        [4, 2],
      ]);
    },
    rejects: {
      "bins that are closed above": [
        (ratios, eps) =>
          ratioHistogram(
            ratios.map((ratio) => Math.max(ratio - 1e-9, 0)),
            eps,
          ),
      ],
    },
  });
});
