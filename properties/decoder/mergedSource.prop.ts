import { expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { mergedSource } from "../../src/decoder/mergedSource.ts";
import { sourceOf, tinyModel } from "../support/tinyModel.ts";
import { smallConfig } from "./smallWorld.ts";

it("mergedSource rejects a module that the model lacks, and factors of another size -> ConfigError", async () => {
  const base = sourceOf(tinyModel(smallConfig, 3));
  const factors = { loraA: new Float32Array(smallConfig.hiddenSize), loraB: new Float32Array(3), rank: 1, scaling: 1 };
  const merged = (moduleName: string) => mergedSource(base, { modules: new Map([[moduleName, factors]]) }, "lora");
  expect(() => merged("model.layers.99.mlp.up_proj")).toThrow(ConfigError);
  const name = "model.layers.0.mlp.up_proj";
  await expect(merged(name).read(`${name}.weight`)).rejects.toThrow(ConfigError);
});
