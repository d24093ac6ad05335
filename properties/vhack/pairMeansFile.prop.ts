import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openSafetensors, writeSafetensors, type WritableTensor } from "../../src/artifact/safetensors.ts";
import { ArtifactError } from "../../src/errors.ts";
import { pairMeansPath, readPairMeans } from "../../src/vhack/pairMeansFile.ts";
import { openHandles } from "../support/openHandles.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

const tensor = (...values: number[]): WritableTensor => ({ shape: [values.length], data: Float32Array.from(values) });
const fileOf = <T>(tensors: Record<string, WritableTensor>, use: (path: string) => Promise<T>) =>
  withTemporaryFile("v.pairs.safetensors", async (path) => {
    await writeSafetensors(path, new Map(Object.entries(tensors)), { loss: "nll" });
    return use(path);
  });
const failureOf = (tensors: Record<string, WritableTensor>) =>
  fileOf(tensors, (path) =>
    readPairMeans(path).then(
      () => null,
      (failure: unknown) => failure,
    ),
  );
const lopsided = { "hack/a": tensor(1, 2), "clean/a": tensor(1, 2, 3) };

describe("pairMeansPath", () => {
  it("lies beside its v_hack: x.safetensors -> x.pairs.safetensors, whatever the folder is called", () => {
    expect(pairMeansPath("out/v_hack.safetensors")).toBe("out/v_hack.pairs.safetensors");
    expect(pairMeansPath("a.safetensors/v_hack.safetensors")).toBe("a.safetensors/v_hack.pairs.safetensors");
    expect(pairMeansPath("a.safetensors/v_hack")).toBe("a.safetensors/v_hack.pairs.safetensors");
  });
});

describe("readPairMeans", () => {
  it("reads the two means of each module and leaves other tensors alone", async () => {
    const { modules } = await fileOf(
      { "hack/a": tensor(1, 2), "clean/a": tensor(3, 4), notes: tensor(9) },
      readPairMeans,
    );
    expect([...modules]).toEqual([["a", { hack: Float32Array.of(1, 2), clean: Float32Array.of(3, 4) }]]);
  });

  it("rejects a file without means, with one of the two, or with two of unequal length, naming them -> ArtifactError", async () => {
    for (const [tensors, words] of [
      [{ "clean/a": tensor(1) }, "expected tensors hack/<module>, got none"],
      [{}, "expected tensors hack/<module>, got none"],
      [{ "hack/a": tensor(1) }, "expected a tensor clean/a"],
      [lopsided, "of one length for a, got 2 and 3"],
    ] as const) {
      const failure = await failureOf(tensors);
      expect(failure, words).toBeInstanceOf(ArtifactError);
      expect(String(failure)).toContain(words);
    }
  });

  it.skipIf(!existsSync("/proc/self/fd"))("closes the file after success and after failure", () =>
    fileOf(lopsided, async (path) => {
      const held = await openSafetensors(path);
      expect(await openHandles(path), "a handle that is held is seen").toBe(1);
      await held.close();
      await expect(readPairMeans(path)).rejects.toThrow(ArtifactError);
      expect(await openHandles(path), "after a failure").toBe(0);
      await writeSafetensors(path, new Map(Object.entries({ "hack/a": tensor(1), "clean/a": tensor(2) })), {});
      await readPairMeans(path);
      expect(await openHandles(path), "after success").toBe(0);
    }),
  );
});
