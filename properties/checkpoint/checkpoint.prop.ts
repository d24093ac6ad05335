import { join } from "node:path";
import { rename, rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { writeJson } from "../../src/artifact/jsonFile.ts";
import { writeSafetensors } from "../../src/artifact/safetensors.ts";
import { ConfigError } from "../../src/errors.ts";
import { openCheckpoint, type Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";
import { tinyConfig, tinyTensors, writeTinyCheckpoint } from "../support/tinyCheckpoint.ts";

const untied = { ...tinyConfig, tie_word_embeddings: false };

async function contents(
  checkpoint: Checkpoint,
): Promise<Map<string, { shape: readonly number[]; data: Float32Array }>> {
  const found = new Map();
  for (const name of checkpoint.tensorNames)
    found.set(name, { shape: checkpoint.shape(name), data: await checkpoint.read(name) });
  return found;
}

describe("openCheckpoint", () => {
  it.each([
    ["tied", tinyConfig],
    ["untied", untied],
  ])("round-trips, %s: every tensor that the config implies, in checkpoint order", (_, config) =>
    withTemporaryFile("model", async (dir) => {
      const tensors = tinyTensors(config);
      await writeTinyCheckpoint(dir, config, tensors);
      const found = await contents(await openCheckpoint(dir));
      expect(found).toEqual(tensors);
      expect([...found.keys()]).toEqual([...tensors.keys()]);
      expect(found.has("lm_head.weight")).toBe(config === untied);
    }),
  );

  it("is invariant to sharding: two files with an index = one file", () =>
    withTemporaryFile("model", async (dir) => {
      const tensors = tinyTensors(tinyConfig);
      await writeJson(join(dir, "config.json"), tinyConfig);
      const names = [...tensors.keys()];
      const shardOf = new Map(names.map((name, i) => [name, `model-0000${1 + (i % 2)}-of-00002.safetensors`]));
      for (const shard of new Set(shardOf.values()))
        await writeSafetensors(
          join(dir, shard),
          new Map([...tensors].filter(([name]) => shardOf.get(name) === shard)),
          {},
        );
      await writeJson(join(dir, "model.safetensors.index.json"), { weight_map: Object.fromEntries(shardOf) });
      expect(await contents(await openCheckpoint(dir))).toEqual(tensors);
      const out = Object.fromEntries([...shardOf].map(([name]) => [name, "../model.safetensors"]));
      await writeJson(join(dir, "model.safetensors.index.json"), { weight_map: out });
      await expect(openCheckpoint(dir)).rejects.toThrow(
        /in a \*\.safetensors file of the same folder, got "\.\.\/model\.safetensors"/,
      );
      await writeJson(join(dir, "model.safetensors.index.json"), {
        weight_map: { ...Object.fromEntries(shardOf), phantom: shardOf.get(names[0]!) },
      });
      await expect(openCheckpoint(dir)).rejects.toThrow(
        /expected tensor phantom in model-00001-of-00002\.safetensors, got none there/,
      );
    }));

  it("rejects a file that was replaced since: another shape -> ArtifactError naming both", () =>
    withTemporaryFile("model", async (dir) => {
      const tensors = tinyTensors(tinyConfig);
      await writeTinyCheckpoint(dir, tinyConfig, tensors);
      const checkpoint = await openCheckpoint(dir);
      await writeTinyCheckpoint(
        dir,
        tinyConfig,
        tensors.set("model.norm.weight", { shape: [2], data: new Float32Array(2) }),
      );
      await expect(checkpoint.read("model.norm.weight")).rejects.toThrow(
        /expected model\.norm\.weight \[4\] as when the checkpoint was opened, got \[2\]/,
      );
    }));

  it("ignores a stored copy of tied embeddings", () =>
    withTemporaryFile("model", async (dir) => {
      const tensors = tinyTensors(tinyConfig);
      tensors.set("lm_head.weight", tensors.get("model.embed_tokens.weight")!);
      await writeTinyCheckpoint(dir, tinyConfig, tensors);
      const checkpoint = await openCheckpoint(dir);
      expect(checkpoint.tensorNames).not.toContain("lm_head.weight");
    }));

  // ELSE the wrong weights are multiplied, and the first to notice is a reader of the paper
  it("rejects a tensor that is missing, misshapen or left over -> ConfigError naming it, expected and found", () =>
    withTemporaryFile("model", async (dir) => {
      const refuses = async (change: (tensors: ReturnType<typeof tinyTensors>) => void, says: RegExp) => {
        const tensors = tinyTensors(tinyConfig);
        change(tensors);
        await writeTinyCheckpoint(dir, tinyConfig, tensors);
        await expect(openCheckpoint(dir)).rejects.toThrow(ConfigError);
        await expect(openCheckpoint(dir)).rejects.toThrow(says);
      };
      const q = "model.layers.0.self_attn.q_proj.weight";
      await refuses(
        (tensors) => tensors.delete(q),
        /expected tensor model\.layers\.0\.self_attn\.q_proj\.weight \[4, 4\], as config\.json implies, got none/,
      );
      await refuses(
        (tensors) => tensors.set(q, { shape: [2, 8], data: new Float32Array(16) }),
        /q_proj\.weight \[4, 4\], as config\.json implies, got \[2, 8\]/,
      );
      await refuses(
        (tensors) => tensors.set("model.layers.0.self_attn.q_proj.bias", { shape: [1], data: new Float32Array(1) }),
        /got model\.layers\.0\.self_attn\.q_proj\.bias beside them/,
      );
    }));

  it("rejects a directory without config or weights -> ArtifactError", () =>
    withTemporaryFile("model", async (dir) => {
      await expect(openCheckpoint(dir)).rejects.toThrow(/config\.json: expected a readable file/);
      await writeTinyCheckpoint(dir, tinyConfig, tinyTensors(tinyConfig));
      await rename(join(dir, "model.safetensors"), join(dir, "pytorch_model.bin"));
      await expect(openCheckpoint(dir)).rejects.toThrow(
        /expected model\.safetensors or model\.safetensors\.index\.json, got neither/,
      );
      await rm(join(dir, "config.json"));
    }));
});
