import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, it } from "vitest";
import type { AdaptedModel, Adapter, GradientCollector } from "../../src/adapter/adapter.ts";
import { AntiPasto, type WeightSvd } from "../../src/adapter/antipasto.ts";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import { antiPastoLaws as laws, realAntiPasto, realApply, type Apply } from "../adapter/antipasto.statements.ts";
import { rejects } from "../support/rejects.ts";
import { tinyModel, type World } from "../support/tinyModel.ts";

const tiny = tinyModel(
  {
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
  },
  3,
);
const world: World = {
  tiny,
  sequences: [
    { promptIds: [1, 2, 3], completionIds: [4, 5, 6] },
    { promptIds: [7, 8], completionIds: [2, 0] },
  ],
};

beforeAll(() => startBackend({ name: "wasm", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

class ScaledByS extends AntiPasto {
  constructor(moduleNames: readonly string[], svds: ReadonlyMap<string, WeightSvd>) {
    super(
      moduleNames,
      new Map(
        [...svds].map(([name, svd]) => [name, { ...svd, u: svd.u.map((value, i) => value * svd.s[i % svd.r]!) }]),
      ),
    );
  }
}
class StartsAside extends AntiPasto {
  override initialKnobs(): tf.Tensor2D {
    return tf.fill([this.layout.moduleNames.length, this.layout.P], 1e-3);
  }
}
class UnsignedU extends AntiPasto {
  constructor(moduleNames: readonly string[], svds: ReadonlyMap<string, WeightSvd>) {
    super(moduleNames, new Map([...svds].map(([name, svd]) => [name, { ...svd, u: svd.u.map(Math.abs) }])));
  }
}
class Cumulative extends AntiPasto {
  override collectGradients(rowStarts: Int32Array): GradientCollector {
    const collector = super.collectGradients(rowStarts);
    return { sink: collector.sink, finish: () => tf.tidy(() => tf.cumsum<tf.Tensor3D>(collector.finish(), 2)) };
  }
}
class Hoarding extends AntiPasto {
  override dispose(): void {}
}

/** Merges on top of what is merged already. */
const pilesUp: Apply = async (model, adapter, knobs) => {
  const merged = adapter.mergedWeights(model, knobs);
  for (const [name, weight] of merged)
    (model.baseWeightT(name) as tf.Tensor & { dataId: object }).dataId = tf.keep(tf.clone(weight)).dataId;
  model.useMerged(merged);
};
const alwaysMerges: Apply = async (model: AdaptedModel, adapter: Adapter, knobs: tf.Tensor2D) =>
  model.useMerged(adapter.mergedWeights(model, tf.add(knobs, 1e-4)));

describe("teeth: laws of AntiPaSTO", () => {
  it("identity rejects: knobs that start aside, a merge at zero that is not the base", async () => {
    await rejects(() => laws.isIdentityAtZero(StartsAside, realApply, world));
    await rejects(() => laws.isIdentityAtZero(realAntiPasto, alwaysMerges, world));
  });
  it("base weights left alone rejects: a merge into the base", () =>
    rejects(() => laws.leavesBaseAlone(realAntiPasto, pilesUp, world)));
  it("merging rejects: deltaS multiplied by S", async () => {
    await rejects(() => laws.mergesWhatItMeans(ScaledByS, realApply, world, 1));
    await rejects(() => laws.mergesTheFormula(ScaledByS, world, 1));
  });
  it("signs rejects: gradients that know one factor's sign only; order rejects: gradients that depend on what stands before", async () => {
    await rejects(() => laws.ignoresSigns(UnsignedU, world, 2));
    await rejects(() => laws.followsOrder(Cumulative, world));
  });
  it("freeing rejects: factors kept", () => rejects(() => laws.freesItsTensors(Hoarding, realApply, world)));
});
