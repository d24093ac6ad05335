import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import type { Optimizer, OptimizerState, OptimizerStep } from "../../src/optim/optimizer.ts";
import { Sgd } from "../../src/optim/sgd.ts";
import { float32 } from "../support/arbitraries.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";

interface OptimizerClass {
  start(): Optimizer;
  resume(state: OptimizerState): Optimizer;
}

const entry = float32.map((x) => (Math.abs(x) < 2 ** -20 ? 0 : x));
const table = fc.array(entry, { minLength: 6, maxLength: 6 });
const sizes: [number, number] = [2, 3];
const tooth = [1, -2, 0.5, 0, 3, -1];

/** An Sgd that is tampered with. */
function mutant(change: {
  step?: (knobs: tf.Tensor2D, gradient: tf.Tensor2D, lr: number) => OptimizerStep;
  restored?: (state: OptimizerState) => OptimizerState;
}): OptimizerClass {
  const wrap = (inner: Sgd): Optimizer => ({
    step: change.step ?? ((...given) => inner.step(...given)),
    state: () => inner.state(),
    dispose: () => undefined,
  });
  return {
    start: () => wrap(Sgd.start()),
    resume: (state) => wrap(Sgd.resume(change.restored === undefined ? state : change.restored(state))),
  };
}

forEachBackend(() =>
  lawsOf<OptimizerClass>("Sgd", Sgd, (law) => {
    law(
      "steps against the gradient: knobs' = knobs - lr g, and reports what it added; its steps are counted and resume",
      {
        for: [table, table, fc.constantFrom(0.5, 2) as fc.Arbitrary<number>],
        numRuns: 40,
        holds: async (Class, x, g, lr) => {
          const [knobs, gradient] = [tf.tensor2d(x, sizes), tf.tensor2d(g, sizes)];
          const sgd = Class.start();
          const before = tf.memory().numTensors;
          const step = sgd.step(knobs, gradient, lr);
          expect(tf.memory().numTensors, "two tensors are made").toBe(before + 2);
          const [next, update] = [await step.knobs.data(), await step.update.data()];
          tf.dispose([knobs, gradient, step.knobs, step.update]);
          x.forEach((value, i) => {
            expect(update[i]! + 0).toBe(Math.fround(-lr * g[i]!) + 0);
            expect(next[i]! + 0).toBe(Math.fround(value + update[i]!) + 0);
          });
          expect((await Class.resume(await sgd.state()).state()).t).toBe(1);
        },
        rejects: {
          ascent: [
            mutant({ step: (knobs, g, lr) => tf.tidy(() => Sgd.start().step(knobs, tf.neg(g), lr)) }),
            tooth,
            tooth,
            0.5,
          ],
          "a forgotten step count": [mutant({ restored: (state) => ({ ...state, t: 0 }) }), tooth, tooth, 0.5],
        },
      },
    );

    law("rejects a gradient of another table -> ShapeError", {
      for: [],
      holds: (Class) =>
        tf.tidy(() => {
          expect(() => Class.start().step(tf.zeros([2, 3]), tf.zeros([3, 2]), 1)).toThrow(ShapeError);
        }),
      rejects: { "no check": [mutant({ step: (knobs) => ({ knobs, update: knobs }) })] },
    });
  }),
);
