import { join } from "node:path";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, expect, it } from "vitest";
import { goldenError, goldenTolerance, relativeError } from "../properties/support/tolerance.ts";
import { readJson } from "../src/artifact/jsonFile.ts";
import { weightSvds } from "../src/adapter/weightSvd/weightSvdCache.ts";
import { openCheckpoint, type Checkpoint } from "../src/checkpoint/checkpoint.ts";
import { parseQwen3Config } from "../src/checkpoint/config.ts";
import { readPeftLora, writePeftLora } from "../src/checkpoint/peftLora.ts";
import {
  describeGolden,
  goldenPath,
  goldenSets,
  withGoldenPart,
  readGoldenTensors,
  type GoldenModule,
} from "./support/goldens.ts";

async function allWeights(dir: string): Promise<{ checkpoint: Checkpoint; weights: Map<string, Float32Array> }> {
  const checkpoint = await openCheckpoint(dir);
  const weights = new Map<string, Float32Array>();
  for (const name of checkpoint.tensorNames) weights.set(name, await checkpoint.read(name));
  return { checkpoint, weights };
}

for (const set of goldenSets())
  describeGolden(`${set}/expected.json`, (golden) => {
    const { modules } = golden as { modules: GoldenModule[] };
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "vhack-golden-"));
    });
    afterAll(() => rm(folder, { recursive: true }));

    withGoldenPart(`${set}/config_transformers5.json`, () => {
      it("config.json of transformers 4 and 5 say the same", async () => {
        const [four, five] = await Promise.all(
          ["config.json", "config_transformers5.json"].map((name) => readJson(goldenPath(`${set}/${name}`))),
        );
        expect(parseQwen3Config(five, null, "5")).toEqual(parseQwen3Config(four, null, "4"));
      });
    });

    withGoldenPart(`${set}/sharded`, () => {
      it("two shards hold the weights of the one file", async () => {
        const { weights } = await allWeights(goldenPath(set));
        expect((await allWeights(goldenPath(`${set}/sharded`))).weights).toEqual(weights);
      });
    });

    withGoldenPart(`${set}/bf16`, () => {
      it("bfloat16 rounds each weight by at most 2^-8", async () => {
        const { weights } = await allWeights(goldenPath(set));
        for (const [name, rounded] of (await allWeights(goldenPath(`${set}/bf16`))).weights)
          rounded.forEach((value, i) =>
            expect(Math.abs(value - weights.get(name)![i]!)).toBeLessThanOrEqual(
              2 ** -8 * Math.abs(weights.get(name)![i]!),
            ),
          );
      });
    });

    it("singular values agree with float64 truth within 1e-6", async () => {
      const { checkpoint, weights } = await allWeights(goldenPath(set));
      const lazy = modules.map(({ name }) => {
        const [rows, cols] = checkpoint.shape(`${name}.weight`) as [number, number];
        return { moduleName: name, rows, cols, read: async () => weights.get(`${name}.weight`)! };
      });
      const svds = await weightSvds(lazy, join(folder, "svd"), () => {}, 2);
      const found = modules.flatMap(({ name }) => [...svds.get(name)!.s]);
      const { values } = (await readGoldenTensors(set, ["singular_values"]))("singular_values");
      expect(goldenError(found, values)).toBeLessThanOrEqual(goldenTolerance.singularValuesFloat64);
    });

    it("the LoRA adapter loads, and written again by us it is the same", async () => {
      const lora = await readPeftLora(goldenPath(`${set}/lora`));
      expect(new Set(lora.modules.keys())).toEqual(new Set(modules.map(({ name }) => name)));
      await writePeftLora(join(folder, "lora"), lora, "..");
      const again = await readPeftLora(join(folder, "lora"));
      for (const [name, { loraA, loraB, scaling }] of lora.modules) {
        expect(relativeError(again.modules.get(name)!.loraA, loraA)).toBe(0);
        expect(relativeError(again.modules.get(name)!.loraB, loraB)).toBe(0);
        expect(again.modules.get(name)!.scaling).toBe(scaling);
      }
      expect(await readFile(join(folder, "lora", "adapter_config.json"), "utf8")).toContain('"peft_type": "LORA"');
    });
  });
