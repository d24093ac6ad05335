import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { rmsNorm, type SavedRmsNorm } from "../nn/rmsNorm.ts";
import type { Qwen3Model } from "./model.ts";

/** The final norm: what the language-model head reads, [N, D]. */
export function headInput(model: Qwen3Model, x: Tensor2D): { y: Tensor2D; saved: SavedRmsNorm } {
  return rmsNorm(x, model.finalNorm, model.config.rmsNormEps);
}

/** Logits of the last layer's output, [N, Vocab]. */
export function logitsOf(model: Qwen3Model, x: Tensor2D): Tensor2D {
  return tf.tidy(() => tf.matMul(headInput(model, x).y, model.lmHead, false, true));
}
