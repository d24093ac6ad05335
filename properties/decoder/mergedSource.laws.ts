import fc from "fast-check";
import { expect } from "vitest";
import { mergedSource } from "../../src/decoder/mergedSource.ts";
import type { PeftLora } from "../../src/checkpoint/peftLora.ts";
import { tensorShapes } from "../../src/checkpoint/tensorShapes.ts";
import { seededRng } from "../../src/numeric/rng.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anyTinyModel, sourceOf, tinyModel, type TinyModel } from "../support/tinyModel.ts";
import { expectWithin, unitRoundoff32 } from "../support/tolerance.ts";
import { smallConfig } from "./smallWorld.ts";

type Merge = typeof mergedSource;

/** A LoRA of some of a model's Linears. */
function drawnLora({ config }: TinyModel, rank: number, scaling: number, seed: number): PeftLora {
  const rng = seededRng(seed, "peft");
  const factors = (length: number) => Float32Array.from({ length }, () => rng.normal());
  const linears = [...tensorShapes(config)].filter(
    ([name]) => name.includes("_proj.") && (name.includes("q_proj") || rng.uniform() < 0.5),
  );
  return {
    targets: null,
    modules: new Map(
      linears.map(([name, [dOut, dIn]]) => [
        name.replace(".weight", ""),
        { loraA: factors(rank * dIn!), loraB: factors(dOut! * rank), rank, scaling },
      ]),
    ),
  };
}

const mergedSourceLaws = {
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

/** A model and a LoRA for it. */
interface Adapted {
  readonly tiny: TinyModel;
  readonly lora: PeftLora;
}

const anyAdapted: fc.Arbitrary<Adapted> = fc
  .record({
    tiny: anyTinyModel,
    rank: fc.integer({ min: 1, max: 3 }),
    scaling: fc.constantFrom(1, 2, 0.5),
    seed: fc.nat(),
  })
  .map(({ tiny, rank, scaling, seed }) => ({ tiny, lora: drawnLora(tiny, rank, scaling, seed) }));
const tinyTooth = tinyModel(smallConfig, 3);
const tooth: Adapted = { tiny: tinyTooth, lora: drawnLora(tinyTooth, 2, 0.5, 1) };

const unscaled: Merge = (base, { modules }, where) =>
  mergedSource(
    base,
    { targets: null, modules: new Map([...modules].map(([name, factors]) => [name, { ...factors, scaling: 1 }])) },
    where,
  );
const unmerged: Merge = (base) => base;
const inPlace: Merge = (base, peft, where) => {
  const merged = mergedSource(base, peft, where);
  return {
    config: base.config,
    read: async (name) => ((await base.read(name)).set(await merged.read(name)), base.read(name)),
  };
};

lawsOf<Merge>("mergedSource", mergedSource, (law) => {
  law("adds the product: W' = W + scaling B A, every other tensor bit for bit", {
    else: "the pool is not the teacher's",
    for: [anyAdapted],
    holds: (merge, { tiny, lora }) => mergedSourceLaws.addsTheProduct(merge, tiny, lora),
    rejects: { "scaling forgotten": [unscaled, tooth], "the teacher not merged": [unmerged, tooth] },
    numRuns: 25,
  });

  law("leaves the base alone", {
    for: [anyAdapted],
    holds: (merge, { tiny, lora }) => mergedSourceLaws.leavesTheBaseAlone(merge, tiny, lora),
    rejects: { "a merge in place": [inPlace, { ...tooth, tiny: tinyModel(smallConfig, 4) }] },
    numRuns: 25,
  });
});
