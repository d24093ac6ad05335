import * as tf from "@tensorflow/tfjs-core";
import type { Sabotage } from "../sabotage.ts";

export const copiedThrough: Sabotage = {
  name: "gradient copied through unprojected",
  breaks: "the projection returns the gradient as it came",
  caughtAt: "R3",
  pointsAt: /copied through unprojected/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("copiedThrough");
    await bench.replay(out, "projected", {
      project: (gradient) => ({ projected: tf.clone(gradient), removed: tf.zerosLike(gradient) }),
    });
    return { out, vHackPath: null };
  },
};
