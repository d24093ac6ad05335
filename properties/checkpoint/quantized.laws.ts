import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { bitsOf, floatTypes, type StoredType } from "../../src/artifact/storedTypes.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { fileOf } from "../artifact/hostileSafetensors.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";
import { tinyConfig, tinyTensors, writeTinyCheckpoint } from "../support/tinyCheckpoint.ts";

type Open = (dir: string) => Promise<unknown>;

const quantized = {
  F8_E4M3: "FP8",
  F8_E5M2: "FP8",
  F4: "FP4",
  U32: "MLX",
  U8: "bitsandbytes",
  I8: "LLM\\.int8",
  I32: "GPTQ",
} as const satisfies Partial<Record<StoredType, string>>;
const types = Object.keys(quantized) as (keyof typeof quantized)[];
const names = [...tinyTensors(tinyConfig)].filter(([, { shape }]) => shape.length === 2).map(([name]) => name);

/** A checkpoint whose tensor `name` is of another type, packed or not: eight elements to a word halve its last axis. */
async function writeQuantized(dir: string, name: string, type: StoredType, packed: number): Promise<void> {
  await writeTinyCheckpoint(dir, tinyConfig, tinyTensors(tinyConfig));
  let position = 0;
  const header = Object.fromEntries(
    [...tinyTensors(tinyConfig)].map(([key, { shape }]) => {
      const own = key === name ? [...shape.slice(0, -1), shape.at(-1)! / packed] : shape;
      const bytes = (own.reduce((product, size) => product * size, 1) * bitsOf[key === name ? type : "F32"]) / 8;
      const begin = position;
      position += bytes;
      return [key, { dtype: key === name ? type : "F32", shape: own, data_offsets: [begin, position] }];
    }),
  );
  await writeFile(join(dir, "model.safetensors"), fileOf(JSON.stringify(header), position));
}

const cutShort: Open = (dir) => openCheckpoint(dir).catch(() => Promise.reject(new Error("the file is cut short")));
const misshapen: Open = (dir) =>
  openCheckpoint(dir).catch((failure: Error) => Promise.reject(new Error(`config and weights: ${failure.message}`)));

lawsOf<Open>("openCheckpoint", openCheckpoint, (law) => {
  law("names the type of a weight that is no float, and the quantization that stores weights so -> ConfigError", {
    else: "a quantized checkpoint is taken for a damaged or a foreign one",
    for: [fc.constantFrom(...types), fc.constantFrom(...names), fc.integer({ min: 1, max: 2 })],
    holds: (open, type, name, packed) =>
      withTemporaryFile("model", async (dir) => {
        await writeQuantized(dir, name, type, packed);
        const failure = await open(dir).catch((thrown: unknown) => thrown);
        expect(String(failure)).toMatch(
          new RegExp(`tensor ${name} .*, in F64 F32 F16 BF16, got ${type}: quantized weights .*${quantized[type]}`),
        );
        expect(String(failure)).not.toMatch(/cut short|config and weights/);
      }),
    numRuns: 40,
    examples: types.map((type): [typeof type, string, number] => [type, names[1]!, 2]),
    rejects: {
      "a file that is cut short": [cutShort, "I8", names[1]!, 1],
      "a file of another model": [misshapen, "U32", names[1]!, 2],
    },
  });

  law("reads every float type: F64, F32, F16 and BF16 are no quantization", {
    for: [fc.constantFrom(...floatTypes), fc.constantFrom(...names)],
    holds: (open, type, name) =>
      withTemporaryFile("model", async (dir) => {
        await writeQuantized(dir, name, type, 1);
        await expect(open(dir)).resolves.toBeDefined();
      }),
    numRuns: 20,
    rejects: { "only float32": [async () => Promise.reject(new Error("got F16")), "F16", names[0]!] },
  });
});
