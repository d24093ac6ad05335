import fc from "fast-check";
import { histogram } from "../../src/report/histogramSvg.ts";
import { moderate } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin } from "../support/tolerance.ts";

const anySeries = fc.array(fc.array(moderate, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 3 });

lawsOf("histogram", histogram, (law) => {
  law("conserves: the shares of each series sum to 1", {
    else: "rows at the edge of the range are missing from the picture",
    for: [anySeries],
    holds: (histogram, series) => {
      for (const shares of histogram(series, 8).shares)
        expectWithin(
          shares.reduce((sum, share) => sum + share, 0),
          1,
          1e-12,
          "shares",
        );
    },
    rejects: {
      "shares of all series together": [
        (series, bins) => {
          const { edges, shares } = histogram(series, bins);
          return { edges, shares: shares.map((bar) => bar.map((share) => share / series.length)) };
        },
        [[1], [2]],
      ],
      "the upper edge left out": [
        (series, bins) => {
          const { edges, shares } = histogram(series, bins);
          return { edges, shares: shares.map((bar) => bar.slice(0, -1)) };
        },
        [[1, 2]],
      ],
    },
  });
});
