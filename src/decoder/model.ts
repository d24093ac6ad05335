import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { ShapeError } from "../errors.ts";
import { storedWeight } from "../tensor/storedWeight.ts";
import { linearNames, normNames, type BlockWeights, type LinearName, type NormName } from "./block.ts";
import type { Qwen3Config } from "../checkpoint/config.ts";

/** Where a model's weights come from: a checkpoint, or values made in memory. */
export interface WeightSource {
  readonly config: Qwen3Config;
  /** @throws ArtifactError when the tensor is missing or has another shape */
  read(name: string): Promise<Float32Array>;
}

/**
 * A Qwen3 decoder on the device.
 *
 * Base weights never change. An adapter hands in merged weights, which the passes use until it takes them back; with none
 * handed in, every product uses the checkpoint's own numbers, bit for bit.
 */
export class Qwen3Model {
  readonly config: Qwen3Config;
  /** every wrapped Linear, layer by layer: q k v o gate up down */
  readonly moduleNames: readonly string[];
  readonly embedTokens: Tensor2D;
  readonly lmHead: Tensor2D;
  readonly finalNorm: Tensor1D;
  readonly #base: ReadonlyMap<string, Tensor2D>;
  readonly #norms: readonly Readonly<Record<NormName, Tensor1D>>[];
  #merged: ReadonlyMap<string, Tensor2D> = new Map();

  private constructor(
    config: Qwen3Config,
    top: { embedTokens: Tensor2D; lmHead: Tensor2D; finalNorm: Tensor1D },
    base: ReadonlyMap<string, Tensor2D>,
    norms: readonly Readonly<Record<NormName, Tensor1D>>[],
  ) {
    this.config = config;
    this.embedTokens = top.embedTokens;
    this.lmHead = top.lmHead;
    this.finalNorm = top.finalNorm;
    this.#base = base;
    this.#norms = norms;
    this.moduleNames = [...base.keys()];
  }

  /** Read weights one tensor at a time and place them on the device, Linears transposed. */
  static async load(source: WeightSource): Promise<Qwen3Model> {
    const { config } = source;
    const base = new Map<string, Tensor2D>();
    const norms: Record<NormName, Tensor1D>[] = [];
    for (let layer = 0; layer < config.numHiddenLayers; layer++) {
      const prefix = layerPrefix(layer);
      const layerNorms: Partial<Record<NormName, Tensor1D>> = {};
      for (const name of normNames) layerNorms[name] = tf.tensor1d(await source.read(`${prefix}${name}.weight`));
      norms.push(layerNorms as Record<NormName, Tensor1D>);
      for (const name of linearNames) {
        const data = await source.read(`${prefix}${name}.weight`);
        base.set(prefix + name, transposed(data, linearShape(config, name)));
      }
    }
    const { vocabSize, hiddenSize } = config;
    const embedTokens = stored(await source.read("model.embed_tokens.weight"), [vocabSize, hiddenSize]);
    const lmHead = config.tieWordEmbeddings
      ? embedTokens
      : stored(await source.read("lm_head.weight"), [vocabSize, hiddenSize]);
    const finalNorm = tf.tensor1d(await source.read("model.norm.weight"));
    return new Qwen3Model(config, { embedTokens, lmHead, finalNorm }, base, norms);
  }

  /** The checkpoint's weight of a wrapped Linear, transposed: [dIn, dOut]. */
  baseWeightT(moduleName: string): Tensor2D {
    const weight = this.#base.get(moduleName);
    if (weight === undefined) throw new ShapeError(`model: expected a wrapped Linear, got ${moduleName}`);
    return weight;
  }

  /** Use these weights (transposed, [dIn, dOut]) instead of the base's; the model owns them and frees the previous ones. */
  useMerged(merged: ReadonlyMap<string, Tensor2D>): void {
    for (const weight of this.#merged.values()) weight.dispose();
    this.#merged = merged;
  }

  /** Back to the checkpoint's own weights. */
  useBase(): void {
    this.useMerged(new Map());
  }

  block(layer: number): BlockWeights {
    const prefix = layerPrefix(layer);
    const wT: Partial<Record<LinearName, Tensor2D>> = {};
    for (const name of linearNames) wT[name] = this.#merged.get(prefix + name) ?? this.baseWeightT(prefix + name);
    return {
      prefix,
      norms: this.#norms[layer]!,
      wT: wT as Record<LinearName, Tensor2D>,
      headDim: this.config.headDim,
      eps: this.config.rmsNormEps,
    };
  }

  dispose(): void {
    this.useBase();
    const norms = this.#norms.flatMap((layer) => Object.values(layer));
    tf.dispose([this.embedTokens, this.lmHead, this.finalNorm, ...this.#base.values(), ...norms]);
  }
}

/** [dOut, dIn] of a wrapped Linear. */
export function linearShape(config: Qwen3Config, name: LinearName): [number, number] {
  const { hiddenSize: D, intermediateSize: F, numAttentionHeads: H, numKeyValueHeads: Hkv, headDim: Dh } = config;
  const shapes: Record<LinearName, [number, number]> = {
    "self_attn.q_proj": [H * Dh, D],
    "self_attn.k_proj": [Hkv * Dh, D],
    "self_attn.v_proj": [Hkv * Dh, D],
    "self_attn.o_proj": [D, H * Dh],
    "mlp.gate_proj": [F, D],
    "mlp.up_proj": [F, D],
    "mlp.down_proj": [D, F],
  };
  return shapes[name];
}

function layerPrefix(layer: number): string {
  return `model.layers.${layer}.`;
}

function stored(data: Float32Array, shape: [number, number]): Tensor2D {
  return tf.tidy(() => storedWeight(tf.tensor2d(data, shape)));
}

function transposed(data: Float32Array, shape: [number, number]): Tensor2D {
  return tf.tidy(() => storedWeight(tf.transpose(tf.tensor2d(data, shape))));
}
