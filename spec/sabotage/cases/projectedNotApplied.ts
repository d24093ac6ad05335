import type { Tensor2D } from "@tensorflow/tfjs-core";
import { replayStage } from "../../../src/probe/replay/replayStage.ts";
import type { Sabotage } from "../sabotage.ts";
import { honestSettings } from "../workbench.ts";

/** cos_out is right and means nothing: the optimizer never sees what projection left. */
export const projectedNotApplied: Sabotage = {
  name: "projection measured, not applied",
  breaks: "cos_in and cos_out are taken as they should be, and the optimizer descends the unprojected gradient",
  caughtAt: "R3",
  pointsAt: /cos_update/,
  run: async (bench) => {
    const out = await bench.copyOfHonest("projectedNotApplied");
    let whole: Tensor2D;
    await bench.replay(out, "projected", {
      project: (gradient, vHack) => {
        whole = gradient;
        return honestSettings.project(gradient, vHack);
      },
      stage: {
        ...replayStage,
        optimizer: (...args) => {
          const honest = replayStage.optimizer(...args);
          return {
            step: (knobs, _, learningRate) => honest.step(knobs, whole, learningRate),
            state: () => honest.state(),
            dispose: () => honest.dispose(),
          };
        },
      },
    });
    return { out, vHackPath: null };
  },
};
