import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import type { AdamWHyperparameters, AdamWState, AdamWStep } from "../../src/optim/adamw.ts";
import { adamWReference } from "../reference/adamw.ts";
import { expectWithin, unitRoundoff32 } from "../support/tolerance.ts";

export interface Optimizer {
  step(knobs: tf.Tensor2D, gradient: tf.Tensor2D, lr: number): AdamWStep;
  state(): Promise<AdamWState>;
  dispose(): void;
}

export interface OptimizerClass {
  start(M: number, P: number, hyperparameters: AdamWHyperparameters): Optimizer;
  resume(M: number, P: number, hyperparameters: AdamWHyperparameters, state: AdamWState): Optimizer;
}

/** One row of knobs and the gradients of a few steps. */
export interface Trajectory {
  readonly knobs: readonly number[]; // [P]
  readonly gradients: readonly (readonly number[])[]; // [steps][P]
  readonly lr: number;
  readonly hyperparameters: AdamWHyperparameters;
}

interface HostStep {
  readonly knobs: number[];
  readonly update: number[];
}

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

/** Laws of AdamW, for the real one and for its mutants. */
export const adamWLaws = {
  async agreesWithTwin(Class: OptimizerClass, trajectory: Trajectory): Promise<void> {
    const { knobs, gradients, lr, hyperparameters } = trajectory;
    const steps = await run(Class, trajectory);
    adamWReference(knobs, gradients, lr, hyperparameters).forEach((reference, t) =>
      reference.knobs.forEach((knob, j) =>
        expectWithin(
          steps[t]!.knobs[j]!,
          knob,
          bound(t + 1, lr, reachOf(hyperparameters, t + 1), Math.max(Math.abs(knob), Math.abs(knobs[j]!))),
          `step ${t} entry ${j}`,
        ),
      ),
    );
  },

  async reportsItsStep(Class: OptimizerClass, trajectory: Trajectory): Promise<void> {
    let before = [...trajectory.knobs];
    for (const { knobs, update } of await run(Class, trajectory)) {
      knobs.forEach((knob, j) =>
        expectWithin(knob, before[j]! + update[j]!, unitRoundoff32 * Math.abs(knob) + smallestNormal, `entry ${j}`),
      );
      before = knobs;
    }
  },

  async descendsFirst(Class: OptimizerClass, trajectory: Trajectory): Promise<void> {
    const decayless = { ...trajectory, hyperparameters: { ...trajectory.hyperparameters, weightDecay: 0 } };
    const [{ update }] = (await run(Class, decayless)) as [HostStep];
    trajectory.gradients[0]!.forEach((g, j) => {
      expect(Math.sign(update[j]!) === -Math.sign(g)).toBe(true);
      expect(Math.abs(update[j]!)).toBeLessThanOrEqual(trajectory.lr * (1 + 32 * unitRoundoff32));
    });
  },

  async leavesPaddingAlone(Class: OptimizerClass, trajectory: Trajectory): Promise<void> {
    const padded = {
      ...trajectory,
      knobs: [...trajectory.knobs, 0],
      gradients: trajectory.gradients.map((gradient) => [...gradient, 0]),
    };
    for (const { knobs, update } of await run(Class, padded))
      expect([knobs.at(-1) === 0, update.at(-1) === 0]).toEqual([true, true]);
  },

  async resumesBitForBit(Class: OptimizerClass, trajectory: Trajectory): Promise<void> {
    const straight = await run(Class, trajectory);
    for (let t = 1; t < straight.length; t++) expect(await run(Class, trajectory, t)).toEqual(straight);
  },

  async freesItsTensors(Class: OptimizerClass, trajectory: Trajectory): Promise<void> {
    const before = tf.memory().numTensors;
    await run(Class, trajectory, 1);
    expect(tf.memory().numTensors).toBe(before);
  },

  rejectsMisfit(Class: OptimizerClass, hyperparameters: AdamWHyperparameters): void {
    tf.tidy(() => {
      const optimizer = Class.start(2, 3, hyperparameters);
      expect(() => optimizer.step(tf.zeros([2, 4]), tf.zeros([2, 3]), 0.1)).toThrow(ShapeError);
      expect(() => optimizer.step(tf.zeros([2, 3]), tf.zeros([3, 3]), 0.1)).toThrow(ShapeError);
      expect(() =>
        Class.resume(2, 3, hyperparameters, { m: new Float32Array(6), v: new Float32Array(5), t: 1 }),
      ).toThrow(ShapeError);
    });
  },
};
