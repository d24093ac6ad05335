import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { mergedSource } from "../../src/decoder/mergedSource.ts";
import { rejects } from "../support/rejects.ts";
import { anyTinyModel, sourceOf } from "../support/tinyModel.ts";
import { drawnLora, mergedSourceLaws as laws, type Merge } from "./mergedSource.statements.ts";

const runs = { numRuns: 25 };
const anyAdapted = fc
  .record({
    tiny: anyTinyModel,
    rank: fc.integer({ min: 1, max: 3 }),
    scaling: fc.constantFrom(1, 2, 0.5),
    seed: fc.nat(),
  })
  .map(({ tiny, rank, scaling, seed }) => ({ tiny, lora: drawnLora(tiny, rank, scaling, seed) }));

describe("mergedSource", () => {
  // ELSE the pool is not the teacher's
  it("adds the product: W' = W + scaling B A, every other tensor bit for bit", () =>
    fc.assert(
      fc.asyncProperty(anyAdapted, ({ tiny, lora }) => laws.addsTheProduct(mergedSource, tiny, lora)),
      runs,
    ));

  it("leaves the base alone", () =>
    fc.assert(
      fc.asyncProperty(anyAdapted, ({ tiny, lora }) => laws.leavesTheBaseAlone(mergedSource, tiny, lora)),
      runs,
    ));

  it("rejects a module that the model lacks, and factors of another size -> ConfigError", async () => {
    const [{ tiny, lora }] = fc.sample(anyAdapted, 1) as [
      { tiny: Parameters<typeof sourceOf>[0]; lora: ReturnType<typeof drawnLora> },
    ];
    const [name, factors] = [...lora.modules][0]!;
    expect(() =>
      mergedSource(sourceOf(tiny), { modules: new Map([["model.layers.99.mlp.up_proj", factors]]) }, "lora"),
    ).toThrow(ConfigError);
    const longer = { ...factors, loraB: new Float32Array(factors.loraB.length + factors.rank) };
    await expect(
      mergedSource(sourceOf(tiny), { modules: new Map([[name, longer]]) }, "lora").read(`${name}.weight`),
    ).rejects.toThrow(ConfigError);
  });

  it("merging rejects: scaling forgotten, the teacher not merged, a merge in place", async () => {
    const [{ tiny, lora }] = fc.sample(
      anyAdapted.filter(({ lora: { modules } }) => [...modules.values()][0]!.scaling !== 1),
      1,
    ) as [{ tiny: Parameters<typeof sourceOf>[0]; lora: ReturnType<typeof drawnLora> }];
    const unscaled: Merge = (base, { modules }, where) =>
      mergedSource(
        base,
        { modules: new Map([...modules].map(([name, factors]) => [name, { ...factors, scaling: 1 }])) },
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
    for (const mutant of [unscaled, unmerged]) await rejects(() => laws.addsTheProduct(mutant, tiny, lora));
    await rejects(() => laws.leavesTheBaseAlone(inPlace, tiny, lora));
  });
});
