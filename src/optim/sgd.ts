import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { ShapeError } from "../errors.ts";
import type { Optimizer, OptimizerState, OptimizerStep } from "./optimizer.ts";

/**
 * Plain gradient descent over a table of knobs: no moments, no preconditioner, so nothing can bring a removed direction back.
 *
 *     update = -lr g        knobs' = knobs + update        [M, P]
 */
export class Sgd implements Optimizer {
  #t: number;

  private constructor(t: number) {
    this.#t = t;
  }

  static start(): Sgd {
    return new Sgd(0);
  }

  static resume(state: OptimizerState): Sgd {
    return new Sgd(state.t);
  }

  /** @throws ShapeError  knobs and gradient are of two tables */
  step(knobs: Tensor2D, gradient: Tensor2D, learningRate: number): OptimizerStep {
    if (!tf.util.arraysEqual(knobs.shape, gradient.shape))
      throw new ShapeError(`Sgd.step: expected a gradient [${knobs.shape}], got [${gradient.shape}]`);
    this.#t += 1;
    return tf.tidy(() => {
      const update = tf.mul(gradient, -learningRate) as Tensor2D;
      return { knobs: tf.add(knobs, update) as Tensor2D, update };
    });
  }

  /** Without moments there is only the step count. */
  async state(): Promise<OptimizerState> {
    return { m: new Float32Array(0), v: new Float32Array(0), t: this.#t };
  }

  dispose(): void {}
}
