import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readJson, writeJson } from "../../src/artifact/jsonFile.ts";
import { writeSafetensors } from "../../src/artifact/safetensors.ts";
import { readPeftLora, writePeftLora } from "../../src/checkpoint/peftLora.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

const names = ["model.layers.0.self_attn.q_proj", "model.layers.0.mlp.down_proj"] as const;
const one = {
  modules: new Map([[names[0], { loraA: Float32Array.of(1, 2), loraB: Float32Array.of(3, 4), rank: 2, scaling: 2 }]]),
};

/** What an adapter may ask for that is not computed, and the words that refuse it. */
const refused: [object, RegExp][] = [
  [{ peft_type: "IA3" }, /peft_type "LORA", got "IA3"/],
  [{ use_dora: true }, /without DoRA \(use_dora\)/],
  [{ bias: "all" }, /without trained biases \(bias\), got "all"/],
  [{ lora_bias: true }, /\(lora_bias\)/],
  [{ fan_in_fan_out: true }, /without transposed weights/],
  [{ modules_to_save: ["lm_head"] }, /without fully trained modules \(modules_to_save\)/],
  [{ rank_pattern: { q_proj: 4 } }, /to have rank 4/],
  [{ rank_pattern: { q_proj: "4" } }, /expected rank_pattern.q_proj to be a whole number > 0/],
  [{ alpha_pattern: { "(": 4 } }, /expected alpha_pattern to be a regular expression/],
  [{ target_modules: [] }, /expected target_modules to be a list of names/],
  [{ lora_alpha: 0 }, /the adapter would change nothing/],
  [{ init_lora_weights: "pissa" }, /initialisation that changes the base weights \(init_lora_weights\), got "pissa"/],
  [{ trainable_token_indices: [1] }, /trained embeddings/],
  [{ r: 0 }, /expected r to be a whole number > 0, got 0/],
  [{ lora_alpha: "16" }, /expected lora_alpha to be a number other than 0/],
];

describe("writePeftLora", () => {
  it("rejects modules of different ranks or scalings -> ConfigError", () =>
    withTemporaryFile("lora", async (dir) => {
      const mixed = { modules: new Map([...one.modules, [names[1], { ...one.modules.get(names[0])!, scaling: 1 }]]) };
      await expect(writePeftLora(dir, mixed, "base")).rejects.toThrow(
        /one rank and scaling \(2, 2\) for all modules, got \(2, 1\)/,
      );
      await expect(writePeftLora(dir, { modules: new Map() }, "base")).rejects.toThrow(/at least one module/);
    }));
});

describe("readPeftLora", () => {
  it("scales by alpha / r, and by alpha / sqrt(r) with use_rslora", () =>
    withTemporaryFile("lora", async (dir) => {
      await writePeftLora(dir, one, "base");
      const path = join(dir, "adapter_config.json");
      const config = (await readJson(path)) as object;
      await writeJson(path, { ...config, lora_alpha: 6, use_rslora: true });
      expect((await readPeftLora(dir)).modules.get(names[0])!.scaling).toBe(6 / Math.sqrt(2));
    }));

  // ELSE the teacher is another model than the one that was trained
  it.each(refused)("rejects %o by name -> ConfigError", (change, says) =>
    withTemporaryFile("lora", async (dir) => {
      await writePeftLora(dir, one, "base");
      const path = join(dir, "adapter_config.json");
      await writeJson(path, { ...((await readJson(path)) as object), ...change });
      await expect(readPeftLora(dir)).rejects.toThrow(says);
    }),
  );

  it("rejects A without B, another rank, foreign tensors, no tensors and a cut-short file -> ArtifactError", () =>
    withTemporaryFile("lora", async (dir) => {
      await writePeftLora(dir, one, "base");
      const path = join(dir, "adapter_model.safetensors");
      const whole = await readFile(path);
      const key = `base_model.model.${names[0]}.lora_A.weight`;
      await writeSafetensors(path, new Map([[key, { shape: [2, 1], data: new Float32Array(2) }]]), {});
      await expect(readPeftLora(dir)).rejects.toThrow(
        /lora_A and lora_B of model\.layers\.0\.self_attn\.q_proj, got only one/,
      );
      await writeSafetensors(
        path,
        new Map([
          [key, { shape: [1, 2], data: new Float32Array(2) }],
          [key.replace("_A", "_B"), { shape: [1, 2], data: new Float32Array(2) }],
        ]),
        {},
      );
      await expect(readPeftLora(dir)).rejects.toThrow(
        /to have rank 2 \(adapter_config\.json\) on axis 0, got \[1, 2\]/,
      );
      await writeSafetensors(path, new Map([["w", { shape: [1], data: new Float32Array(1) }]]), {});
      await expect(readPeftLora(dir)).rejects.toThrow(/got w; other adapters are not implemented/);
      await writeSafetensors(path, new Map(), {});
      await expect(readPeftLora(dir)).rejects.toThrow(/expected LoRA tensors, got none/);
      await writeFile(path, whole.subarray(0, whole.length - 1));
      await expect(readPeftLora(dir)).rejects.toThrow(/cut short/);
      await rm(join(dir, "adapter_config.json"));
      await expect(readPeftLora(dir)).rejects.toThrow(/adapter_config\.json: expected a readable file/);
    }));
});
