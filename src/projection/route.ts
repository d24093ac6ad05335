import * as tf from "@tensorflow/tfjs-core";
import type { Projection } from "./removeAlong.ts";

/** The gradients that the two knobs descend. In training the model runs on deltaS + deltaSHack. */
export type KnobGradients = {
  readonly deltaS: tf.Tensor2D; // [M, P], deployed
  readonly deltaSHack: tf.Tensor2D; // [M, P], quarantined: set to zero at deployment
};

/** Descend only what the projection left; what it removed is lost. The quarantined knob stays where it is. */
export function erase({ projected, removed }: Projection): KnobGradients {
  return { deltaS: tf.clone(projected), deltaSHack: tf.zerosLike(removed) };
}

/** Descend what the projection left, and park exactly what it removed in the quarantined knob. */
export function route({ projected, removed }: Projection): KnobGradients {
  return { deltaS: tf.clone(projected), deltaSHack: tf.clone(removed) };
}

/** The knobs that training runs on: deltaS + deltaSHack. Deployment runs on deltaS alone. */
export function trainedKnobs(deltaS: tf.Tensor2D, deltaSHack: tf.Tensor2D): tf.Tensor2D {
  return tf.add(deltaS, deltaSHack);
}
