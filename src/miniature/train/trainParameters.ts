import { seededRng } from "../../numeric/rng.ts";
import type { Qwen3Config } from "../../checkpoint/config.ts";
import { tensorShapes } from "../../checkpoint/tensorShapes.ts";

/** Where each tensor of the student lies in one flat vector of parameters. */
export class ParameterLayout {
  readonly config: Qwen3Config;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly length: number;
  readonly #starts = new Map<string, number>();

  constructor(config: Qwen3Config) {
    this.config = config;
    this.shapes = tensorShapes(config);
    let start = 0;
    for (const [name, shape] of this.shapes) {
      this.#starts.set(name, start);
      start += shape.reduce((product, size) => product * size, 1);
    }
    this.length = start;
  }

  /** A view of one tensor, row-major. */
  slice(parameters: Float32Array, name: string): Float32Array {
    const start = this.#starts.get(name)!;
    const size = this.shapes.get(name)!.reduce((product, length) => product * length, 1);
    return parameters.subarray(start, start + size);
  }
}

/** Initial weights: normal with standard deviation 0.02 (residual outputs scaled by 1/sqrt(2 L)), norms at one. */
export function initialParameters(layout: ParameterLayout, numLayers: number, seed: number): Float32Array {
  const parameters = new Float32Array(layout.length);
  for (const name of layout.shapes.keys()) {
    const tensor = layout.slice(parameters, name);
    const rng = seededRng(seed, "initialise", name);
    const isResidualOutput = name.includes("o_proj") || name.includes("down_proj");
    const deviation = isResidualOutput ? 0.02 / Math.sqrt(2 * numLayers) : 0.02;
    if (name.includes("norm")) tensor.fill(1);
    else for (let i = 0; i < tensor.length; i++) tensor[i] = deviation * rng.normal();
  }
  return parameters;
}
