import * as tf from "@tensorflow/tfjs-core";
import type { NamedAttrMap, NamedTensorMap, Tensor } from "@tensorflow/tfjs-core";

/** Kernels of ours: a backend registers one under its name, the formula that it replaces asks for it by the same name. */
export type OwnKernel =
  | "VhackRmsNorm"
  | "VhackRmsNormBackward"
  | "VhackRmsNormWeightGradient"
  | "VhackNormedRope"
  | "VhackNormedRopeBackward"
  | "VhackLinearsBackward"
  | "VhackSwiglu"
  | "VhackSwigluBackward"
  | "VhackPackedAttention"
  | "VhackPackedAttentionBackward"
  | "VhackTokenLogps"
  | "VhackTokenLogpsWithDerivative"
  | "VhackSampleProduct"
  | "VhackKnobTable"
  | "VhackStoreWeight"
  | "VhackWriteSlot";

/**
 * Run a kernel of ours where the backend in use has one, else the same formula in tf.js operations.
 *
 * The formula is the kernel's meaning: the same outputs in the same order, to rounding. A kernel returns an array of them.
 * Outputs that only the layer's own backward reads may differ, where the backend has a kernel for that backward too.
 *
 * @param formula  intermediates are freed
 */
export function kernelOr<Outputs extends Tensor[]>(
  name: OwnKernel,
  inputs: NamedTensorMap,
  attrs: NamedAttrMap,
  formula: () => [...Outputs],
): Outputs {
  if (tf.getKernel(name, tf.getBackend()) === undefined) return tf.tidy(formula);
  return tf.engine().runKernel<Outputs>(name, inputs, attrs);
}
