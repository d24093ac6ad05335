import { nllPairLoss } from "../../../src/probe/extract/pairGradients.ts";
import type { Sabotage } from "../sabotage.ts";

/** The note's own worry: v_hack is the gradient direction toward any completion, so both buckets see the same cosine. */
export const anyCompletion: Sabotage = {
  name: "v_hack is the mean gradient of any completion",
  breaks: "extraction adds the clean completion's gradient where it should subtract it",
  caughtAt: "R4",
  pointsAt: /direction toward any completion/,
  run: (bench) => bench.extract("anyCompletion", { loss: { ...nllPairLoss, cleanFactor: 1 } }),
};
