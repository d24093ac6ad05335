import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { writeFileAtomic } from "../../src/artifact/atomicFile.ts";
import { modelHash, sha256OfBytes, sha256OfFile } from "../../src/artifact/sha256.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

lawsOf<(bytes: Uint8Array | string) => string>("sha256OfBytes", sha256OfBytes, (law) => {
  law("agrees with the published hash of 'abc'", {
    for: [],
    holds: (hash) => expect(hash("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    rejects: { "another function": [(bytes) => createHash("sha512-256").update(bytes).digest("hex")] },
  });
});

lawsOf("sha256OfFile", sha256OfFile, (law) => {
  law("agrees with the hash of the bytes in memory", {
    for: [fc.uint8Array()],
    holds: (hash, bytes) =>
      withTemporaryFile("x", async (path) => {
        await writeFile(path, bytes);
        expect(await hash(path)).toBe(sha256OfBytes(bytes));
      }),
    numRuns: 20,
    rejects: {
      "the hash of the text": [async (path) => sha256OfBytes(await readFile(path, "utf8")), Uint8Array.of(255)],
    },
  });
});

const weightsOnly: typeof modelHash = (dir) => sha256OfFile(join(dir, "model.safetensors"));
const everyFile: typeof modelHash = async (dir) => {
  const names = (await readdir(dir)).toSorted();
  return sha256OfBytes((await Promise.all(names.map((name) => sha256OfFile(join(dir, name))))).join());
};

lawsOf("modelHash", modelHash, (law) => {
  law("depends on config and weights, byte by byte, and on nothing else in the folder", {
    else: "a pool made by another model passes for this one's",
    for: [],
    holds: (hashOf) =>
      withTemporaryFile("model", async (dir) => {
        const put = (name: string, text: string) => writeFileAtomic(join(dir, name), new TextEncoder().encode(text));
        await put("config.json", "{}");
        await put("model.safetensors", "weights");
        const hash = await hashOf(dir);
        await put("README.md", "a note");
        await put("tokenizer.json", "{}");
        expect(await hashOf(dir)).toBe(hash);
        await put("model.safetensors", "weightz");
        expect(await hashOf(dir)).not.toBe(hash);
        await put("model.safetensors", "weights");
        await put("config.json", "{ }");
        expect(await hashOf(dir)).not.toBe(hash);
      }),
    rejects: { "the weights alone": [weightsOnly], "every file in the folder": [everyFile] },
  });

  law("rejects a folder without weights -> ArtifactError", {
    for: [],
    holds: (hashOf) =>
      withTemporaryFile("model", async (dir) => {
        await expect(hashOf(dir)).rejects.toThrow(/expected a directory/);
        await writeFileAtomic(join(dir, "config.json"), Uint8Array.of(1));
        await expect(hashOf(dir)).rejects.toThrow(/with \*\.safetensors, got 1 model files/);
      }),
    rejects: { "every file in the folder": [everyFile] },
  });
});
