import { expect } from "vitest";
import type { mergedSource } from "../../src/decoder/mergedSource.ts";
import type { PeftLora } from "../../src/checkpoint/peftLora.ts";
import { tensorShapes } from "../../src/checkpoint/tensorShapes.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { sourceOf, type TinyModel } from "../support/tinyModel.ts";
import { expectWithin, unitRoundoff32 } from "../support/tolerance.ts";

export type Merge = typeof mergedSource;

/** A LoRA of some of a model's Linears. */
export function drawnLora({ config }: TinyModel, rank: number, scaling: number, seed: number): PeftLora {
  const rng = seededRng(seed, "peft");
  const factors = (length: number) => Float32Array.from({ length }, () => rng.normal());
  const linears = [...tensorShapes(config)].filter(
    ([name]) => name.includes("_proj.") && (name.includes("q_proj") || rng.uniform() < 0.5),
  );
  return {
    modules: new Map(
      linears.map(([name, [dOut, dIn]]) => [
        name.replace(".weight", ""),
        { loraA: factors(rank * dIn!), loraB: factors(dOut! * rank), rank, scaling },
      ]),
    ),
  };
}

export const mergedSourceLaws = {
  /** Summed in float64 and rounded once: half an ulp of the result from W + scaling B A. */
  async addsTheProduct(merge: Merge, tiny: TinyModel, lora: PeftLora): Promise<void> {
    const source = merge(sourceOf(tiny), lora, "lora");
    for (const [name, [rows, cols]] of tensorShapes(tiny.config)) {
      const [found, base] = [await source.read(name), tiny.weights.get(name)!];
      const factors = lora.modules.get(name.replace(".weight", ""));
      if (factors === undefined) {
        expect(found).toEqual(base);
        continue;
      }
      const { loraA, loraB, rank, scaling } = factors;
      for (let o = 0; o < rows!; o++)
        for (let i = 0; i < cols!; i++) {
          let [sum, size] = [0, 0];
          for (let q = 0; q < rank; q++) {
            sum += loraB[o * rank + q]! * loraA[q * cols! + i]!;
            size += Math.abs(loraB[o * rank + q]! * loraA[q * cols! + i]!);
          }
          const wanted = base[o * cols! + i]! + scaling * sum;
          // float64's own rounding of the sum, where it cancels, is far below float32's of what was added
          expectWithin(
            found[o * cols! + i]!,
            wanted,
            unitRoundoff32 * (Math.abs(wanted) + 2 ** -20 * size),
            `${name} [${o}, ${i}]`,
          );
        }
    }
  },

  async leavesTheBaseAlone(merge: Merge, tiny: TinyModel, lora: PeftLora): Promise<void> {
    const before = new Map([...tiny.weights].map(([name, values]) => [name, values.slice()]));
    const source = merge(sourceOf(tiny), lora, "lora");
    for (const name of tiny.weights.keys()) await source.read(name);
    expect(tiny.weights).toEqual(before);
  },
};
