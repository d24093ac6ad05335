import type { TensorContainer } from "@tensorflow/tfjs-core";

/**
 * What a layer keeps of its forward pass for its backward pass; whoever ran the forward pass frees it (tf.dispose).
 *
 * Only the layer's own file reads it: a backend's kernel may keep something else than the formula in tf.js operations does.
 */
export type Saved<Layer extends string> = (TensorContainer[] | { readonly [kept: string]: TensorContainer }) & {
  readonly layer?: Layer;
};
