import fc from "fast-check";
import { AntiPasto } from "../../src/adapter/antipasto.ts";
import type { WeightSvd } from "../../src/adapter/weightSvd/weightSvd.ts";
import { matrix } from "../../src/numeric/linalg/matrix.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { thinSvd } from "../../src/numeric/linalg/thinSvd.ts";
import type { Qwen3Config } from "../../src/checkpoint/config.ts";
import { Qwen3Model, type WeightSource } from "../../src/decoder/model.ts";
import type { Sequence } from "../../src/decoder/raggedBatch.ts";
import { tensorShapes } from "../../src/checkpoint/tensorShapes.ts";

/** A Qwen3 of a few hundred weights, in memory. */
export interface TinyModel {
  readonly config: Qwen3Config;
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/** Shapes that fall out with each other: grouped heads, heads wider or narrower than the hidden size, tied or not. */
const anyConfig: fc.Arbitrary<Qwen3Config> = fc
  .record({
    hiddenSize: fc.integer({ min: 3, max: 8 }),
    intermediateSize: fc.integer({ min: 1, max: 9 }),
    numHiddenLayers: fc.integer({ min: 1, max: 2 }),
    numKeyValueHeads: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 3 }),
    halfHead: fc.integer({ min: 1, max: 3 }),
    vocabSize: fc.integer({ min: 3, max: 11 }),
    rmsNormEps: fc.constantFrom(1e-6, 1e-5, 1e-2),
    ropeTheta: fc.constantFrom(100, 1e4, 1e6),
    tieWordEmbeddings: fc.boolean(),
  })
  .map(({ group, halfHead, ...config }) => ({
    ...config,
    numAttentionHeads: group * config.numKeyValueHeads,
    headDim: 2 * halfHead,
    maxPositionEmbeddings: 1024,
    eosTokenIds: [1],
    padTokenId: 0,
  }));

/** Weights of everyday size: entries normal with deviation 1 / sqrt(2 dIn), norms between 0.5 and 1.5, embeddings of unit variance. */
export function tinyModel(config: Qwen3Config, seed: number): TinyModel {
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of tensorShapes(config)) {
    const rng = seededRng(seed, "tiny", name);
    const draw =
      shape.length === 1
        ? () => 0.5 + rng.uniform()
        : () => rng.normal() * (name.includes("embed") ? 1 : 1 / Math.sqrt(2 * shape[1]!)) * 1.4;
    weights.set(name, Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, draw));
  }
  return { config, weights };
}

export const anyTinyModel: fc.Arbitrary<TinyModel> = fc
  .tuple(anyConfig, fc.nat())
  .map(([config, seed]) => tinyModel(config, seed));

export function sourceOf({ config, weights }: TinyModel): WeightSource {
  return { config, read: async (name) => weights.get(name)! };
}

/** Lend the engine's model of a tiny model, and free it. */
export async function withModel<T>(tiny: TinyModel, use: (model: Qwen3Model) => Promise<T>): Promise<T> {
  const model = await Qwen3Model.load(sourceOf(tiny));
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}

/** The SVD of every wrapped weight, and an adapter on them that the caller disposes of. */
export function tinyAntiPasto(
  tiny: TinyModel,
  moduleNames: readonly string[],
): { adapter: AntiPasto; svds: Map<string, WeightSvd> } {
  const shapes = tensorShapes(tiny.config);
  const svds = new Map<string, WeightSvd>();
  for (const name of moduleNames) {
    const [rows, cols] = shapes.get(`${name}.weight`) as [number, number];
    const { u, s, vh } = thinSvd(matrix(rows, cols, tiny.weights.get(`${name}.weight`)!));
    svds.set(name, { u: Float32Array.from(u.data), s, vh: Float32Array.from(vh.data), r: s.length });
  }
  return { adapter: new AntiPasto(moduleNames, svds), svds };
}

/** Ragged samples of a model's vocabulary: prompts and completions of one to five tokens. */
export function anySequences(vocabSize: number, most: number): fc.Arbitrary<Sequence[]> {
  const ids = fc.array(fc.nat({ max: vocabSize - 1 }), { minLength: 1, maxLength: 5 });
  return fc.array(fc.record({ promptIds: ids, completionIds: ids }, { noNullPrototype: true }), {
    minLength: 1,
    maxLength: most,
  });
}

/** Samples some of which have the same prompt. */
export function anySharingSequences(vocabSize: number, most: number): fc.Arbitrary<Sequence[]> {
  const ids = fc.array(fc.nat({ max: vocabSize - 1 }), { minLength: 1, maxLength: 5 });
  return fc.array(ids, { minLength: 1, maxLength: 2 }).chain((prompts) =>
    fc.array(fc.record({ promptIds: fc.constantFrom(...prompts), completionIds: ids }, { noNullPrototype: true }), {
      minLength: 2,
      maxLength: most,
    }),
  );
}

/** A model with samples for it. */
export interface World {
  readonly tiny: TinyModel;
  readonly sequences: readonly Sequence[];
}

export const anyModelWorld: fc.Arbitrary<World> = anyTinyModel.chain((tiny) =>
  anySequences(tiny.config.vocabSize, 3).map((sequences) => ({ tiny, sequences })),
);

export const anySharingWorld: fc.Arbitrary<World> = anyTinyModel.chain((tiny) =>
  anySharingSequences(tiny.config.vocabSize, 3).map((sequences) => ({ tiny, sequences })),
);

/** Samples with prompts of their own, or with shared ones. */
export const anyWorld: fc.Arbitrary<World> = fc.oneof(anyModelWorld, anySharingWorld);
