import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { replayStage } from "../../../src/probe/replay/replayStage.ts";
import type { Sabotage } from "../sabotage.ts";
import { honestSettings } from "../workbench.ts";

/** cos_out says that nothing is left; AdamW's memory of unprojected gradients moves the knobs hack-ward all the same. */
export const sharedMoments: Sabotage = {
  name: "AdamW momentum re-introduces the removed direction",
  breaks: "both arms share one optimizer: unprojected gradients enter its moments between the projected steps",
  caughtAt: "R3",
  pointsAt: /cos_update.*moments bring the removed direction back/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("sharedMoments");
    let whole: Tensor2D;
    await bench.replay(out, "projected", {
      project: (gradient, vHack) => {
        whole = gradient;
        return honestSettings.project(gradient, vHack);
      },
      stage: {
        ...replayStage,
        optimizer: (...args) => {
          const shared = replayStage.optimizer(...args);
          return {
            step: (knobs, gradient, learningRate) => {
              tf.dispose({ ...shared.step(knobs, whole, learningRate) });
              return shared.step(knobs, gradient, learningRate);
            },
            state: () => shared.state(),
            dispose: () => shared.dispose(),
          };
        },
      },
    });
    return { out, vHackPath: null };
  },
};
