import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect } from "vitest";
import { ConfigError, ShapeError } from "../../src/errors.ts";
import { AdamW, type AdamWHyperparameters } from "../../src/optim/adamw.ts";
import type { Optimizer, OptimizerState, OptimizerStep } from "../../src/optim/optimizer.ts";
import { adamWReference } from "../reference/adamw.ts";
import { forEachBackend } from "../support/backends.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { expectWithin, unitRoundoff32 } from "../support/tolerance.ts";

interface OptimizerClass {
  start(M: number, P: number, hyperparameters: AdamWHyperparameters): Optimizer;
  resume(M: number, P: number, hyperparameters: AdamWHyperparameters, state: OptimizerState): Optimizer;
}

/** One row of knobs and the gradients of a few steps. */
interface Trajectory {
  readonly knobs: readonly number[]; // [P]
  readonly gradients: readonly (readonly number[])[]; // [steps][P]
  readonly lr: number;
  readonly hyperparameters: AdamWHyperparameters;
}

interface HostStep {
  readonly knobs: number[];
  readonly update: number[];
}

const usual = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 };
const knob = fc.float({ min: -4, max: 4, noNaN: true });
/** Zero, or between 2^-30 and 2^10: squares stay in float32's normal range, where a relative bound on v holds. */
const slope = fc
  .tuple(fc.constantFrom(-1, 0, 1), fc.integer({ min: -30, max: 9 }), fc.float({ min: 1, max: 2, noNaN: true }))
  .map(([sign, e, mantissa]) => sign * mantissa * 2 ** e);

const anyTrajectory: fc.Arbitrary<Trajectory> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 5 }))
  .chain(([P, steps]) =>
    fc.record({
      knobs: fc.array(knob, { minLength: P, maxLength: P }),
      gradients: fc.array(fc.array(slope, { minLength: P, maxLength: P }), { minLength: steps, maxLength: steps }),
      lr: fc.constantFrom(0.02, 1e-3, 0.5),
      hyperparameters: fc.constantFrom(
        usual,
        { ...usual, weightDecay: 0.1 },
        { beta1: 0.5, beta2: 0.9, eps: 1e-6, weightDecay: 0 },
      ),
    }),
  );

const tooth: Trajectory = {
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
const decaying: Trajectory = { ...tooth, hyperparameters: { ...usual, weightDecay: 0.1 } };

/** A WebGPU driver may flush smaller numbers to zero. */
const smallestNormal = 2 ** -126;

/** A step is a few lr long at most, computed in under 32 rounded operations; adding it rounds the knob again, each step. */
const bound = (steps: number, lr: number, reach: number, knob: number) =>
  steps * (32 * lr * reach + 4 * Math.abs(knob)) * unitRoundoff32;

/** Largest |m / sqrt(v)| after bias correction, by Cauchy-Schwarz over the weights of the moments: 1 in the first step. */
const reachOf = ({ beta1, beta2 }: AdamWHyperparameters, steps: number) => {
  let sum = 0;
  for (let i = 0; i < steps; i++) sum += ((1 - beta1) ** 2 / (1 - beta2)) * (beta1 ** 2 / beta2) ** i;
  return 1 + Math.sqrt(sum);
};

async function run(
  Class: OptimizerClass,
  { knobs, gradients, lr, hyperparameters }: Trajectory,
  resumeAfter = Number.POSITIVE_INFINITY,
): Promise<HostStep[]> {
  const P = knobs.length;
  let optimizer = Class.start(1, P, hyperparameters);
  let current = tf.tensor2d([[...knobs]]);
  const steps: HostStep[] = [];
  for (const [t, gradient] of gradients.entries()) {
    if (t === resumeAfter) {
      const state = await optimizer.state();
      optimizer.dispose();
      optimizer = Class.resume(1, P, hyperparameters, state);
    }
    const g = tf.tensor2d([[...gradient]]);
    const { knobs: next, update } = optimizer.step(current, g, lr);
    steps.push({ knobs: [...(await next.data())], update: [...(await update.data())] });
    tf.dispose([current, g, update]);
    current = next;
  }
  optimizer.dispose();
  current.dispose();
  return steps;
}

/** An AdamW whose steps, hyperparameters or restored state are tampered with. */
function mutant(change: {
  step?: (step: OptimizerStep, knobs: tf.Tensor2D, gradient: tf.Tensor2D, lr: number, t: number) => OptimizerStep;
  hyperparameters?: (h: AdamWHyperparameters) => AdamWHyperparameters;
  restored?: (state: OptimizerState) => OptimizerState;
  gradient?: (gradient: tf.Tensor2D, knobs: tf.Tensor2D) => tf.Tensor2D;
  freed?: boolean;
}): OptimizerClass {
  const wrap = (inner: AdamW): Optimizer => {
    let t = 0;
    return {
      step: (knobs, gradient, lr) => {
        t += 1;
        const seen = change.gradient === undefined ? gradient : change.gradient(gradient, knobs);
        const step = inner.step(knobs, seen, lr);
        return change.step === undefined ? step : change.step(step, knobs, seen, lr, t);
      },
      state: () => inner.state(),
      dispose: () => {
        if (change.freed !== false) inner.dispose();
      },
    };
  };
  const hyper = change.hyperparameters ?? ((h) => h);
  const restored = change.restored ?? ((state) => state);
  return {
    start: (M, P, h) => wrap(AdamW.start(M, P, hyper(h))),
    resume: (M, P, h, state) => wrap(AdamW.resume(M, P, hyper(h), restored(state))),
  };
}

const moved = (knobs: tf.Tensor2D, update: tf.Tensor2D): OptimizerStep => ({ knobs: tf.add(knobs, update), update });
const noDecay = (h: AdamWHyperparameters) => ({ ...h, weightDecay: 0 });

const unchecked: Optimizer = {
  step: (knobs) => ({ knobs, update: knobs }),
  state: () => Promise.resolve({ m: new Float32Array(), v: new Float32Array(), t: 0 }),
  dispose: () => undefined,
};
const noCheck: OptimizerClass = { start: () => unchecked, resume: () => unchecked };

forEachBackend(() =>
  lawsOf<OptimizerClass>("AdamW", AdamW, (law) => {
    law("agrees with the float64 twin: knobs after every step, to float32 rounding", {
      else: "every arm was trained by another optimizer than the one that the report names",
      for: [anyTrajectory],
      holds: async (Class, trajectory) => {
        const { knobs, gradients, lr, hyperparameters } = trajectory;
        const steps = await run(Class, trajectory);
        adamWReference(knobs, gradients, lr, hyperparameters).forEach((reference, t) => {
          const reach = reachOf(hyperparameters, t + 1);
          reference.knobs.forEach((knob, j) => {
            const size = Math.max(Math.abs(knob), Math.abs(knobs[j]!));
            expectWithin(steps[t]!.knobs[j]!, knob, bound(t + 1, lr, reach, size), `step ${t} entry ${j}`);
          });
        });
      },
      rejects: {
        "wrong eps": [mutant({ hyperparameters: (h) => ({ ...h, eps: 1e-6 }) }), tooth],
        "betas swapped": [mutant({ hyperparameters: (h) => ({ ...h, beta1: h.beta2, beta2: h.beta1 }) }), tooth],
        "decay coupled into the gradient": [
          mutant({ hyperparameters: noDecay, gradient: (g, knobs) => tf.add(g, tf.mul(knobs, 0.1)) }),
          decaying,
        ],
        "decay dropped": [mutant({ hyperparameters: noDecay }), decaying],
        "plain descent": [mutant({ step: (_, knobs, g, lr) => moved(knobs, tf.mul(g, -lr)) }), tooth],
        "bias correction forgotten": [
          mutant({
            step: ({ update }, knobs, _g, _lr, t) =>
              moved(knobs, tf.mul(update, (1 - usual.beta1 ** t) / Math.sqrt(1 - usual.beta2 ** t))),
          }),
          tooth,
        ],
      },
    });

    law("reports its step: knobs' = knobs + update", {
      else: "cos_update is measured on a step that was not taken",
      for: [anyTrajectory],
      holds: async (Class, trajectory) => {
        let before = [...trajectory.knobs];
        for (const { knobs, update } of await run(Class, trajectory)) {
          knobs.forEach((knob, j) =>
            expectWithin(knob, before[j]! + update[j]!, unitRoundoff32 * Math.abs(knob) + smallestNormal, `entry ${j}`),
          );
          before = knobs;
        }
      },
      rejects: {
        "the gradient for the step": [
          mutant({ step: (step, _, gradient) => ({ ...step, update: tf.neg(gradient) }) }),
          tooth,
        ],
      },
    });

    law("descends at first, by at most lr: sign(update) = -sign(g), |update| <= lr", {
      for: [anyTrajectory],
      holds: async (Class, trajectory) => {
        const decayless = { ...trajectory, hyperparameters: noDecay(trajectory.hyperparameters) };
        const [{ update }] = (await run(Class, decayless)) as [HostStep];
        trajectory.gradients[0]!.forEach((g, j) => {
          expect(Math.sign(update[j]!) === -Math.sign(g)).toBe(true);
          expect(Math.abs(update[j]!)).toBeLessThanOrEqual(trajectory.lr * (1 + 32 * unitRoundoff32));
        });
      },
      rejects: { ascent: [mutant({ step: (step, knobs) => moved(knobs, tf.neg(step.update)) }), tooth] },
    });

    law("leaves padding alone: g = 0 and knob = 0 always -> knob = 0", {
      for: [anyTrajectory],
      holds: async (Class, trajectory) => {
        const padded = {
          ...trajectory,
          knobs: [...trajectory.knobs, 0],
          gradients: trajectory.gradients.map((gradient) => [...gradient, 0]),
        };
        for (const { knobs, update } of await run(Class, padded))
          expect([knobs.at(-1) === 0, update.at(-1) === 0]).toEqual([true, true]);
      },
      rejects: { noise: [mutant({ step: (step, knobs) => moved(knobs, tf.sub(step.update, 1e-4)) }), tooth] },
    });

    law("resumes bit for bit: state saved and restored after any step -> the same knobs", {
      else: "an interrupted run is another run",
      for: [anyTrajectory],
      holds: async (Class, trajectory) => {
        const straight = await run(Class, trajectory);
        for (let t = 1; t < straight.length; t++) expect(await run(Class, trajectory, t)).toEqual(straight);
      },
      rejects: {
        "a forgotten step count": [mutant({ restored: (state) => ({ ...state, t: 0 }) }), tooth],
        "forgotten moments": [mutant({ restored: (state) => ({ ...state, v: state.v.map(() => 0) }) }), tooth],
      },
    });

    law("frees its tensors: after dispose() numTensors is what it was", {
      for: [anyTrajectory],
      holds: async (Class, trajectory) => {
        const before = tf.memory().numTensors;
        await run(Class, trajectory, 1);
        expect(tf.memory().numTensors).toBe(before);
      },
      rejects: { "moments kept": [mutant({ freed: false }), tooth] },
    });

    law("rejects tables of another shape -> ShapeError", {
      for: [],
      holds: (Class) =>
        tf.tidy(() => {
          const optimizer = Class.start(2, 3, usual);
          const state = { m: new Float32Array(6), v: new Float32Array(5), t: 1 };
          expect(() => optimizer.step(tf.zeros([2, 4]), tf.zeros([2, 3]), 0.1)).toThrow(ShapeError);
          expect(() => optimizer.step(tf.zeros([2, 3]), tf.zeros([3, 3]), 0.1)).toThrow(ShapeError);
          expect(() => Class.resume(2, 3, usual, state)).toThrow(ShapeError);
        }),
      rejects: { "no check": [noCheck] },
    });

    law("rejects betas outside [0, 1), eps <= 0, negative weight decay -> ConfigError", {
      for: [],
      holds: (Class) => {
        for (const wrong of [{ beta1: 1 }, { beta2: -0.1 }, { eps: 0 }, { weightDecay: -1 }, { beta1: Number.NaN }])
          expect(() => Class.start(1, 1, { ...usual, ...wrong })).toThrow(ConfigError);
      },
      rejects: { "no check": [noCheck] },
    });
  }),
);
