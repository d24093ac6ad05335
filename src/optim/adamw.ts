import * as tf from "@tensorflow/tfjs-core";
import { ConfigError, ShapeError } from "../errors.ts";
import type { Optimizer, OptimizerState, OptimizerStep } from "./optimizer.ts";

export interface AdamWHyperparameters {
  readonly beta1: number; // 0.9
  readonly beta2: number; // 0.999
  readonly eps: number; // 1e-8, added outside the root
  readonly weightDecay: number; // decoupled; 0
}

/** The defaults of the field, without decay. */
export const usualAdamW: AdamWHyperparameters = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 };

/**
 * AdamW with bias correction and decoupled weight decay, over a table of all modules' knobs.
 *
 *     m = beta1 m + (1 - beta1) g                              [M, P]
 *     v = beta2 v + (1 - beta2) g^2
 *     update = -lr weightDecay knobs - lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps)
 *     knobs' = knobs + update
 *
 * An entry whose gradient is always zero (the table's padding) does not move. m and v stay on the device.
 *
 * @see Loshchilov & Hutter 2019, arXiv:1711.05101; the order of operations is that of torch.optim.AdamW
 */
export class AdamW implements Optimizer {
  readonly hyperparameters: AdamWHyperparameters;
  private m: tf.Tensor2D; // [M, P]
  private v: tf.Tensor2D; // [M, P]
  private t: number;

  private constructor(m: tf.Tensor2D, v: tf.Tensor2D, t: number, hyperparameters: AdamWHyperparameters) {
    this.m = m;
    this.v = v;
    this.t = t;
    this.hyperparameters = hyperparameters;
  }

  /**
   * An optimizer that has taken no step.
   *
   * @throws ConfigError  a beta outside [0, 1), eps <= 0, or weightDecay < 0
   */
  static start(M: number, P: number, hyperparameters: AdamWHyperparameters): AdamW {
    expectHyperparameters(hyperparameters);
    return new AdamW(tf.zeros([M, P]), tf.zeros([M, P]), 0, hyperparameters);
  }

  /**
   * Go on from a saved state.
   *
   * @throws ShapeError   the state is of another table
   * @throws ConfigError  as for `start`
   */
  static resume(M: number, P: number, hyperparameters: AdamWHyperparameters, state: OptimizerState): AdamW {
    expectHyperparameters(hyperparameters);
    if (state.m.length !== M * P || state.v.length !== M * P)
      throw new ShapeError(
        `AdamW.resume: expected moments [${M}, ${P}], got ${state.m.length} and ${state.v.length} numbers`,
      );
    return new AdamW(tf.tensor2d(state.m, [M, P]), tf.tensor2d(state.v, [M, P]), state.t, hyperparameters);
  }

  /**
   * Take one step down the gradient.
   *
   * @param lr  learning rate of this step, > 0
   * @throws ShapeError  knobs or gradient are of another table
   */
  step(knobs: tf.Tensor2D, gradient: tf.Tensor2D, lr: number): OptimizerStep {
    for (const [name, table] of [
      ["knobs", knobs],
      ["gradient", gradient],
    ] as const)
      if (!tf.util.arraysEqual(table.shape, this.m.shape))
        throw new ShapeError(`AdamW.step: expected ${name} [${this.m.shape}], got [${table.shape}]`);
    const { beta1, beta2, eps, weightDecay } = this.hyperparameters;
    this.t += 1;
    const correction1 = 1 - beta1 ** this.t;
    const correction2 = 1 - beta2 ** this.t;
    const { m, v, update, next } = tf.tidy(() => {
      const m = tf.add(tf.mul(this.m, beta1), tf.mul(gradient, 1 - beta1)) as tf.Tensor2D;
      const v = tf.add(tf.mul(this.v, beta2), tf.mul(tf.square(gradient), 1 - beta2)) as tf.Tensor2D;
      const denominator = tf.add(tf.div(tf.sqrt(v), Math.sqrt(correction2)), eps);
      const adaptive = tf.mul(tf.div(m, denominator), -lr / correction1) as tf.Tensor2D;
      const update = weightDecay === 0 ? adaptive : (tf.add(adaptive, tf.mul(knobs, -lr * weightDecay)) as tf.Tensor2D);
      return { m, v, update, next: tf.add(knobs, update) as tf.Tensor2D };
    });
    tf.dispose([this.m, this.v]);
    this.m = m;
    this.v = v;
    return { knobs: next, update };
  }

  /** The moments and the step count, read from the device. */
  async state(): Promise<OptimizerState> {
    const [m, v] = await Promise.all([this.m.data(), this.v.data()]);
    return { m: Float32Array.from(m), v: Float32Array.from(v), t: this.t };
  }

  dispose(): void {
    tf.dispose([this.m, this.v]);
  }
}

function expectHyperparameters({ beta1, beta2, eps, weightDecay }: AdamWHyperparameters): void {
  const betasFit = [beta1, beta2].every((beta) => beta >= 0 && beta < 1);
  if (!betasFit || !(eps > 0) || !(weightDecay >= 0))
    throw new ConfigError(
      `AdamW: expected betas in [0, 1), eps > 0, weightDecay >= 0, got betas ${beta1} and ${beta2}, eps ${eps}, weightDecay ${weightDecay}`,
    );
}
