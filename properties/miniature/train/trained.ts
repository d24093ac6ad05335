import type { Qwen3Config } from "../../../src/checkpoint/config.ts";
import type { ParameterLayout } from "../../../src/miniature/train/trainParameters.ts";
import type { TinyModel } from "../../support/tinyModel.ts";

/** Shapes of the model on which mutants of training are rejected. */
export const trainedConfig: Qwen3Config = {
  hiddenSize: 6,
  intermediateSize: 7,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  numKeyValueHeads: 1,
  headDim: 4,
  vocabSize: 9,
  rmsNormEps: 1e-6,
  ropeTheta: 100,
  tieWordEmbeddings: true,
  maxPositionEmbeddings: 64,
  eosTokenIds: [1],
  padTokenId: 0,
};

/** All weights end to end, as the layout has them. */
export function parametersOf({ weights }: TinyModel, layout: ParameterLayout): Float32Array {
  return Float32Array.from([...layout.shapes.keys()].flatMap((name) => [...weights.get(name)!]));
}

/** <a, b> in float64. */
export function dotOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);
}
