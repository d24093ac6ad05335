import * as tf from "@tensorflow/tfjs-core";
import type { Layer } from "./layer.ts";

/** Wrong gradients, made of the right ones. */
type Change = (gradients: tf.Tensor[], inputs: readonly tf.Tensor[], dY: tf.Tensor) => tf.Tensor[];

/** A layer whose gradients are tampered with. */
export function withGradients(layer: Layer, change: Change): Layer {
  return {
    forward: (inputs) => layer.forward(inputs),
    backward: (dY, inputs, saved) => change(layer.backward(dY, inputs, saved), inputs, dY),
  };
}

/** A layer whose output is. */
export function withOutput(layer: Layer, change: (y: tf.Tensor) => tf.Tensor): Layer {
  return {
    forward: (inputs) => {
      const { y, saved } = layer.forward(inputs);
      return { y: change(y), saved };
    },
    backward: (dY, inputs, saved) => layer.backward(dY, inputs, saved),
  };
}

/** A layer that is given other inputs than it is asked for; its backward knows the right ones. */
export function withInputs(layer: Layer, change: (inputs: readonly tf.Tensor[]) => tf.Tensor[]): Layer {
  return {
    forward: (inputs) => layer.forward(change(inputs)),
    backward: (dY, inputs, saved) => layer.backward(dY, inputs, saved),
  };
}

export const scaledOutput = (layer: Layer): Layer => withOutput(layer, (y) => tf.mul(y, 1.001));

export const negateFirst: Change = ([first, ...rest]) => [tf.neg(first!), ...rest];
export const halveLast: Change = (gradients) => [...gradients.slice(0, -1), tf.mul(gradients.at(-1)!, 0.5)];
export const dropFirst: Change = ([first, ...rest]) => [tf.zerosLike(first!), ...rest];
export const addConstant: Change = ([first, ...rest]) => [tf.add(first!, 1e-2), ...rest];
export const ofSecondOrder: Change = (gradients, _, dY) =>
  gradients.map((gradient) => tf.mul(gradient, tf.sum(tf.abs(dY))));
export const keepTensors: Change = (gradients) => gradients.map((gradient) => tf.add(gradient, 0));

/** Entries of both signs and several sizes, all different. */
export const entriesOf = (count: number, shift: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.fround(Math.sin(3 * i + shift) * (1 + (i % 3))));
