import * as tf from "@tensorflow/tfjs-core";
import { describe, it } from "vitest";
import { AdamW, type AdamWHyperparameters, type AdamWState, type AdamWStep } from "../../src/optim/adamw.ts";
import { adamWLaws, type Optimizer, type OptimizerClass, type Trajectory } from "../optim/adamw.statements.ts";
import { forEachBackend } from "../support/backends.ts";
import { rejects } from "../support/rejects.ts";

const usual = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 };
const trajectory: Trajectory = {
  knobs: [0.5, -1, 2],
  gradients: [
    [1, -2, 1e-7],
    [0.5, 0.25, -3e-7],
    [-3, 1, 2e-7],
    [0.1, -1, 1e-8],
  ],
  lr: 0.02,
  hyperparameters: usual,
};
const decaying: Trajectory = { ...trajectory, hyperparameters: { ...usual, weightDecay: 0.1 } };

/** An AdamW whose steps, hyperparameters or restored state are tampered with. */
function mutant(change: {
  step?: (step: AdamWStep, knobs: tf.Tensor2D, gradient: tf.Tensor2D, lr: number) => AdamWStep;
  hyperparameters?: (h: AdamWHyperparameters) => AdamWHyperparameters;
  restored?: (state: AdamWState) => AdamWState;
  gradient?: (gradient: tf.Tensor2D, knobs: tf.Tensor2D) => tf.Tensor2D;
  freed?: boolean;
}): OptimizerClass {
  const wrap = (inner: AdamW): Optimizer => ({
    step: (knobs, gradient, lr) => {
      const seen = change.gradient === undefined ? gradient : change.gradient(gradient, knobs);
      const step = inner.step(knobs, seen, lr);
      return change.step === undefined ? step : change.step(step, knobs, seen, lr);
    },
    state: () => inner.state(),
    dispose: () => {
      if (change.freed !== false) inner.dispose();
    },
  });
  const hyper = change.hyperparameters ?? ((h) => h);
  const restored = change.restored ?? ((state) => state);
  return {
    start: (M, P, h) => wrap(AdamW.start(M, P, hyper(h))),
    resume: (M, P, h, state) => wrap(AdamW.resume(M, P, hyper(h), restored(state))),
  };
}

const moved = (knobs: tf.Tensor2D, update: tf.Tensor2D): AdamWStep => ({ knobs: tf.add(knobs, update), update });

forEachBackend(() => {
  describe("teeth: AdamW", () => {
    it("agrees with the twin rejects: wrong eps, betas swapped, decay coupled into the gradient, decay dropped, plain descent", async () => {
      await rejects(() =>
        adamWLaws.agreesWithTwin(mutant({ hyperparameters: (h) => ({ ...h, eps: 1e-6 }) }), trajectory),
      );
      await rejects(() =>
        adamWLaws.agreesWithTwin(
          mutant({ hyperparameters: (h) => ({ ...h, beta1: h.beta2, beta2: h.beta1 }) }),
          trajectory,
        ),
      );
      const coupled = mutant({
        hyperparameters: (h) => ({ ...h, weightDecay: 0 }),
        gradient: (gradient, knobs) => tf.add(gradient, tf.mul(knobs, 0.1)),
      });
      await rejects(() => adamWLaws.agreesWithTwin(coupled, decaying));
      await rejects(() =>
        adamWLaws.agreesWithTwin(mutant({ hyperparameters: (h) => ({ ...h, weightDecay: 0 }) }), decaying),
      );
      await rejects(() =>
        adamWLaws.agreesWithTwin(mutant({ step: (_, knobs, g, lr) => moved(knobs, tf.mul(g, -lr)) }), trajectory),
      );
    });
    it("agrees with the twin rejects: bias correction forgotten", async () => {
      let t = 0;
      const uncorrected = mutant({
        step: (step, knobs) => {
          t += 1;
          return moved(knobs, tf.mul(step.update, (1 - usual.beta1 ** t) / Math.sqrt(1 - usual.beta2 ** t)));
        },
      });
      await rejects(() => adamWLaws.agreesWithTwin(uncorrected, trajectory));
    });
    it("descends rejects: ascent; reports rejects: the gradient for the step", async () => {
      await rejects(() =>
        adamWLaws.descendsFirst(mutant({ step: (step, knobs) => moved(knobs, tf.neg(step.update)) }), trajectory),
      );
      await rejects(() =>
        adamWLaws.reportsItsStep(
          mutant({ step: (step, _, gradient) => ({ ...step, update: tf.neg(gradient) }) }),
          trajectory,
        ),
      );
    });
    it("resumes rejects: a forgotten step count, forgotten moments; padding rejects: noise", async () => {
      await rejects(() =>
        adamWLaws.resumesBitForBit(mutant({ restored: (state) => ({ ...state, t: 0 }) }), trajectory),
      );
      await rejects(() =>
        adamWLaws.resumesBitForBit(
          mutant({ restored: (state) => ({ ...state, v: state.v.map(() => 0) }) }),
          trajectory,
        ),
      );
      await rejects(() =>
        adamWLaws.leavesPaddingAlone(
          mutant({ step: (step, knobs) => moved(knobs, tf.sub(step.update, 1e-4)) }),
          trajectory,
        ),
      );
    });
    it("frees rejects: moments kept", async () => {
      await rejects(() => adamWLaws.freesItsTensors(mutant({ freed: false }), trajectory));
    });
  });
});
