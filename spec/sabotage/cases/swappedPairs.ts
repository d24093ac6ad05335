import { nllPairLoss } from "../../../src/probe/extract/pairGradients.ts";
import type { Sabotage } from "../sabotage.ts";

export const swappedPairs: Sabotage = {
  name: "v_hack oriented clean-ward",
  breaks: "the two completions of every pair are swapped",
  caughtAt: "R4",
  pointsAt: /points the other way/,
  run: (bench) =>
    bench.extract("swappedPairs", {
      loss: { ...nllPairLoss, dLogps: (...given) => nllPairLoss.dLogps(...given).map((slope) => -slope) },
    }),
};
