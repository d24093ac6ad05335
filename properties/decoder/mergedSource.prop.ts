import { expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import type { PeftLora } from "../../src/checkpoint/peftLora.ts";
import { mergedSource } from "../../src/decoder/mergedSource.ts";
import { sourceOf, tinyModel } from "../support/tinyModel.ts";
import { smallConfig } from "./smallWorld.ts";

it("mergedSource rejects a module that the model lacks, and factors of another size -> ConfigError", async () => {
  const base = sourceOf(tinyModel(smallConfig, 3));
  const factors = { loraA: new Float32Array(smallConfig.hiddenSize), loraB: new Float32Array(3), rank: 1, scaling: 1 };
  const merged = (moduleName: string, targets: PeftLora["targets"] = null) =>
    mergedSource(base, { modules: new Map([[moduleName, factors]]), targets }, "lora");
  expect(() => merged("model.layers.99.mlp.up_proj")).toThrow(ConfigError);
  const name = "model.layers.0.mlp.up_proj";
  await expect(merged(name).read(`${name}.weight`)).rejects.toThrow(ConfigError);
  // the product of transposed factors has as many entries as the weight
  const { hiddenSize, intermediateSize } = smallConfig;
  const transposed = {
    loraA: new Float32Array(intermediateSize),
    loraB: new Float32Array(hiddenSize),
    rank: 1,
    scaling: 1,
  };
  const wrong = mergedSource(base, { modules: new Map([[name, transposed]]), targets: null }, "lora");
  await expect(wrong.read(`${name}.weight`)).rejects.toThrow(/its factors are transposed/);
  expect(() => merged(name, (module) => module.endsWith("up_proj"))).toThrow(
    /adapter_config.json targets, got 1: .* is missing/,
  );
  expect(() => merged(name, () => false)).toThrow(
    /got model\.layers\.0\.mlp\.up_proj; the config is of another adapter/,
  );
});
