import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import type { Sabotage } from "../sabotage.ts";
import { honestSettings } from "../workbench.ts";

export const fewModulesProjected: Sabotage = {
  name: "projection on a tenth of the modules",
  breaks: "v_hack is erased in every tenth module only",
  caughtAt: "R3",
  pointsAt: /part of the modules only/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("fewModulesProjected");
    await bench.replay(out, "projected", {
      project: (gradient, vHack) =>
        tf.tidy(() => {
          const every10th = Float32Array.from({ length: gradient.shape[0] }, (_, m) => (m % 10 === 0 ? 1 : 0));
          return honestSettings.project(
            gradient,
            tf.mul<Tensor3D>(vHack, tf.tensor3d(every10th, [every10th.length, 1, 1])),
          );
        }),
    });
    return { out, vHackPath: null };
  },
};
