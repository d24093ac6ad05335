import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeFileAtomic } from "../../src/artifact/atomicFile.ts";
import { modelHash, sha256OfBytes, sha256OfFile } from "../../src/artifact/sha256.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

describe("sha256OfFile", () => {
  it("agrees with the hash of the bytes in memory, and with the published one of 'abc'", async () => {
    expect(sha256OfBytes("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), (bytes) =>
        withTemporaryFile("x", async (path) => {
          await writeFile(path, bytes);
          expect(await sha256OfFile(path)).toBe(sha256OfBytes(bytes));
        }),
      ),
      { numRuns: 20 },
    );
  });
});

describe("modelHash", () => {
  // ELSE a pool made by another model passes for this one's
  it("depends on config and weights, byte by byte, and on nothing else in the folder", () =>
    withTemporaryFile("model", async (dir) => {
      const put = (name: string, text: string) => writeFileAtomic(join(dir, name), new TextEncoder().encode(text));
      await put("config.json", "{}");
      await put("model.safetensors", "weights");
      const hash = await modelHash(dir);
      await put("README.md", "a note");
      await put("tokenizer.json", "{}");
      expect(await modelHash(dir)).toBe(hash);
      await put("model.safetensors", "weightz");
      expect(await modelHash(dir)).not.toBe(hash);
      await put("model.safetensors", "weights");
      await put("config.json", "{ }");
      expect(await modelHash(dir)).not.toBe(hash);
    }));

  it("rejects a folder without weights -> ArtifactError", () =>
    withTemporaryFile("model", async (dir) => {
      await expect(modelHash(dir)).rejects.toThrow(/expected a directory/);
      await writeFileAtomic(join(dir, "config.json"), Uint8Array.of(1));
      await expect(modelHash(dir)).rejects.toThrow(/with \*\.safetensors, got 1 model files/);
    }));
});
