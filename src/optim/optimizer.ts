import type { Tensor2D } from "@tensorflow/tfjs-core";

/** What moves a table of knobs [M, P] down a gradient. Owns its memory on the device: dispose() it. */
export interface Optimizer {
  /**
   * Take one step down the gradient.
   *
   * @throws ShapeError  knobs or gradient are of another table
   */
  step(knobs: Tensor2D, gradient: Tensor2D, learningRate: number): OptimizerStep;
  state(): Promise<OptimizerState>;
  dispose(): void;
}

/** What a step leaves; the caller frees both. */
export type OptimizerStep = {
  readonly knobs: Tensor2D; // [M, P], after the step
  readonly update: Tensor2D; // [M, P], what was added to them
};

/** The optimizer's memory on the host: enough to go on bit for bit. */
export interface OptimizerState {
  readonly m: Float32Array; // [M * P], first moments; empty where there are none
  readonly v: Float32Array; // [M * P], second moments; empty where there are none
  readonly t: number; // steps taken
}
