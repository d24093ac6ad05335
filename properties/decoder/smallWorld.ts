import type { Qwen3Config } from "../../src/checkpoint/config.ts";
import { tinyModel, type World } from "../support/tinyModel.ts";

/** Shapes of the models on which mutants are rejected: small, and no two sizes alike. */
export const smallConfig: Qwen3Config = {
  hiddenSize: 6,
  intermediateSize: 7,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 4,
  vocabSize: 9,
  rmsNormEps: 1e-6,
  ropeTheta: 100,
  tieWordEmbeddings: false,
  maxPositionEmbeddings: 64,
  eosTokenIds: [1],
  padTokenId: 0,
};

export const smallWorld: World = {
  tiny: tinyModel(smallConfig, 3),
  sequences: [
    { promptIds: [1, 2, 3], completionIds: [4, 5, 6] },
    { promptIds: [7, 8], completionIds: [2, 0] },
    { promptIds: [3, 3, 3], completionIds: [1, 8, 8, 4] },
  ],
};
