import { AntiPasto } from "../../src/adapter/antipasto.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { parseQwen3Config, type Qwen3Config } from "../../src/checkpoint/config.ts";
import { Qwen3Model } from "../../src/decoder/model.ts";
import { tensorShapes } from "../../src/checkpoint/tensorShapes.ts";

/** The shapes that a benchmark runs on; figures depend on shapes, not on values. */
export interface BenchShape {
  readonly name: string;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly intermediate: number;
  readonly vocab: number;
}

export const midSize: BenchShape = {
  name: "mid-size",
  hidden: 256,
  layers: 6,
  heads: 8,
  kvHeads: 4,
  headDim: 32,
  intermediate: 704,
  vocab: 1024,
};
export const miniatureSize: BenchShape = {
  name: "miniature",
  hidden: 96,
  layers: 3,
  heads: 4,
  kvHeads: 2,
  headDim: 24,
  intermediate: 288,
  vocab: 640,
};

export function benchConfig(shape: BenchShape): Qwen3Config {
  const json = {
    model_type: "qwen3",
    architectures: ["Qwen3ForCausalLM"],
    hidden_act: "silu",
    tie_word_embeddings: true,
    hidden_size: shape.hidden,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    head_dim: shape.headDim,
    intermediate_size: shape.intermediate,
    vocab_size: shape.vocab,
    rope_theta: 10000,
    rms_norm_eps: 1e-6,
  };
  return parseQwen3Config(json, null, shape.name);
}

/** A model of random weights: normal, standard deviation 0.02, norms at one. */
export async function randomModel(config: Qwen3Config): Promise<Qwen3Model> {
  const shapes = tensorShapes(config);
  return Qwen3Model.load({
    config,
    read: async (name) => {
      const size = shapes.get(name)!.reduce((product, length) => product * length, 1);
      return name.includes("norm") ? new Float32Array(size).fill(1) : randomValues(size);
    },
  });
}

/** An adapter of random factors: costs what a real one costs, without its SVD. */
export function randomAdapter(model: Qwen3Model): AntiPasto {
  const svds = model.moduleNames.map((name) => {
    const [dIn, dOut] = model.baseWeightT(name).shape;
    const r = Math.min(dIn, dOut);
    return [name, { u: randomValues(dOut * r), s: new Float64Array(r), vh: randomValues(r * dIn), r }] as const;
  });
  return new AntiPasto(model.moduleNames, new Map(svds));
}

const drawn = new Map<number, Float32Array>();

/** One block of normals, repeated, and one array for each size: drawing or holding billions of them would be the benchmark. */
function randomValues(size: number): Float32Array {
  const known = drawn.get(size);
  if (known !== undefined) return known;
  const rng = seededRng(1, "bench");
  const block = Float32Array.from({ length: Math.min(size, 65_537) }, () => 0.02 * rng.normal());
  const values = new Float32Array(size);
  for (let start = 0; start < size; start += block.length)
    values.set(block.subarray(0, Math.min(block.length, size - start)), start);
  drawn.set(size, values);
  return values;
}
