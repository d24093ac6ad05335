import { seededRng } from "../../numeric/rng.ts";
import type { ParameterLayout } from "./trainParameters.ts";
import type { Trainable } from "./trainStage.ts";

/** Where one module's factors lie in the LoRA's flat vector. */
interface Factors {
  readonly weightName: string;
  readonly dOut: number;
  readonly dIn: number;
  readonly startA: number; // [rank, dIn]
  readonly startB: number; // [dOut, rank]
}

/**
 * A LoRA on every wrapped Linear of a frozen student, as something to train.
 *
 *     W' = W + scaling B A          dA = scaling B^T dW',  dB = scaling dW' A^T
 */
export class LoraTrainable implements Trainable {
  readonly length: number;
  readonly factors: readonly Factors[];
  readonly rank: number;
  readonly #scaling: number;
  readonly #layout: ParameterLayout;
  readonly #base: Float32Array;

  constructor(layout: ParameterLayout, base: Float32Array, rank: number, alpha: number) {
    this.rank = rank;
    this.#scaling = alpha / rank;
    this.#layout = layout;
    this.#base = base;
    let length = 0;
    this.factors = [...layout.shapes]
      .filter(([name]) => name.includes("_proj."))
      .map(([weightName, shape]) => {
        const [dOut, dIn] = shape as [number, number];
        const startA = length;
        const startB = startA + rank * dIn;
        length = startB + dOut * rank;
        return { weightName, dOut, dIn, startA, startB };
      });
    this.length = length;
  }

  /** A uniform as peft initialises it (bound 1/sqrt(dIn)), B zero. */
  initial(seed: number): Float32Array {
    const values = new Float32Array(this.length);
    for (const { weightName, dIn, startA, startB } of this.factors) {
      const rng = seededRng(seed, "lora", weightName);
      const bound = 1 / Math.sqrt(dIn);
      for (let i = startA; i < startB; i++) values[i] = bound * (2 * rng.uniform() - 1);
    }
    return values;
  }

  parameters(values: Float32Array): Float32Array {
    const parameters = this.#base.slice();
    for (const f of this.factors) {
      const weight = this.#layout.slice(parameters, f.weightName);
      this.#eachEntry(f, (o, i, q) => {
        weight[o * f.dIn + i]! +=
          this.#scaling * values[f.startB + o * this.rank + q]! * values[f.startA + q * f.dIn + i]!;
      });
    }
    return parameters;
  }

  gradient(values: Float32Array, parameterGradient: Float32Array): Float32Array {
    const gradient = new Float32Array(this.length);
    for (const f of this.factors) {
      const dW = this.#layout.slice(parameterGradient, f.weightName);
      this.#eachEntry(f, (o, i, q) => {
        const slope = this.#scaling * dW[o * f.dIn + i]!;
        gradient[f.startA + q * f.dIn + i]! += slope * values[f.startB + o * this.rank + q]!;
        gradient[f.startB + o * this.rank + q]! += slope * values[f.startA + q * f.dIn + i]!;
      });
    }
    return gradient;
  }

  #eachEntry({ dOut, dIn }: Factors, visit: (o: number, i: number, q: number) => void): void {
    for (let o = 0; o < dOut; o++) for (let q = 0; q < this.rank; q++) for (let i = 0; i < dIn; i++) visit(o, i, q);
  }
}
