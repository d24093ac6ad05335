import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Sabotage } from "../sabotage.ts";
import { honestSettings } from "../workbench.ts";

export const signInverted: Sabotage = {
  name: "projection sign inverted",
  breaks: "the hack-ward part is added to the gradient instead of taken away",
  caughtAt: "R3",
  pointsAt: /sign of the projection is inverted/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("signInverted");
    await bench.replay(out, "projected", {
      project: (gradient, vHack) => {
        const { projected, removed } = honestSettings.project(gradient, vHack);
        projected.dispose();
        return { projected: tf.add<Tensor2D>(gradient, removed), removed };
      },
    });
    return { out, vHackPath: null };
  },
};
