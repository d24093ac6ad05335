import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { replayStage } from "../../../src/probe/replay/replayStage.ts";
import type { Sabotage } from "../sabotage.ts";

/** The research code took one backward pass per sample; forgetting to subtract what had accumulated leaves sums. */
export const accumulatedGradients: Sabotage = {
  name: "per-sample gradients leak between samples",
  breaks: "each sample's gradient holds those of the samples before it",
  caughtAt: "R2",
  pointsAt: /leak between samples/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("accumulatedGradients");
    await bench.replay(out, "vanilla", {
      stage: {
        ...replayStage,
        forward: async (...args) => {
          const { logps, backward } = await replayStage.forward(...args);
          return { logps, backward: (...given) => tf.tidy(() => tf.cumsum<Tensor3D>(backward(...given), 0)) };
        },
      },
    });
    return { out, vHackPath: null };
  },
};
