import { AntiPasto } from "../../../src/adapter/antipasto.ts";
import { weightSvds } from "../../../src/adapter/weightSvd/weightSvdCache.ts";
import { svdCache } from "../../support/honestRun.ts";
import type { Sabotage } from "../sabotage.ts";

/**
 * The cache itself refuses factors that are not the weight's (they are made again); here it is as if nobody had looked, and
 * v_hack, extracted before, lives in another basis than the replay's knobs.
 */
export const staleWeightSvd: Sabotage = {
  name: "stale weight-SVD cache",
  breaks: "the replay's knobs are those of weights that have changed since: every weight 1% of noise away",
  caughtAt: "R2",
  pointsAt: /stale weight-SVD cache/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("staleWeightSvd");
    const { checkpoint, model } = bench.student;
    const weights = model.moduleNames.map((moduleName) => {
      const [rows, cols] = checkpoint.shape(`${moduleName}.weight`) as [number, number];
      return {
        moduleName,
        rows,
        cols,
        read: async () =>
          (await checkpoint.read(`${moduleName}.weight`)).map((value, i) => value * (1 + 0.01 * Math.sin(i))),
      };
    });
    const stale = new AntiPasto(model.moduleNames, await weightSvds(weights, svdCache, () => undefined));
    await bench.replayWith(stale, out, "vanilla", {});
    stale.dispose();
    return { out, vHackPath: null };
  },
};
