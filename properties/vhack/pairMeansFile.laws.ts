import { existsSync } from "node:fs";
import { expect } from "vitest";
import { openSafetensors, writeSafetensors, type WritableTensor } from "../../src/artifact/safetensors.ts";
import { ArtifactError } from "../../src/errors.ts";
import { pairMeansPath } from "../../src/artifact/runLayout.ts";
import { readPairMeans } from "../../src/vhack/pairMeansFile.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { leaking, openHandles } from "../support/openHandles.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Read = typeof readPairMeans;

const tensor = (...values: number[]): WritableTensor => ({ shape: [values.length], data: Float32Array.from(values) });
const fileOf = <T>(tensors: Record<string, WritableTensor>, use: (path: string) => Promise<T>) =>
  withTemporaryFile("v.pairs.safetensors", async (path) => {
    await writeSafetensors(path, new Map(Object.entries(tensors)), { loss: "nll" });
    return use(path);
  });
const failureOf = (read: Read, tensors: Record<string, WritableTensor>) =>
  fileOf(tensors, (path) =>
    read(path).then(
      () => null,
      (failure: unknown) => failure,
    ),
  );
const lopsided = { "hack/a": tensor(1, 2), "clean/a": tensor(1, 2, 3) };

const swapped: Read = async (path) => {
  const { modules, ...rest } = await readPairMeans(path);
  return {
    ...rest,
    modules: new Map([...modules].map(([name, { hack, clean }]) => [name, { hack: clean, clean: hack }])),
  };
};
const forgiving: Read = (path) => readPairMeans(path).catch(() => ({ modules: new Map(), metadata: {} }));

lawsOf("pairMeansPath", pairMeansPath, (law) => {
  law("lies beside its v_hack: x.safetensors -> x.pairs.safetensors, whatever the folder is called", {
    for: [],
    holds: (pathOf) => {
      expect(pathOf("out/v_hack.safetensors")).toBe("out/v_hack.pairs.safetensors");
      expect(pathOf("a.safetensors/v_hack.safetensors")).toBe("a.safetensors/v_hack.pairs.safetensors");
      expect(pathOf("a.safetensors/v_hack")).toBe("a.safetensors/v_hack.pairs.safetensors");
    },
    rejects: { "the first .safetensors replaced": [(path) => path.replace(".safetensors", ".pairs.safetensors")] },
  });
});

lawsOf<Read>("readPairMeans", readPairMeans, (law) => {
  law("reads the two means of each module and leaves other tensors alone", {
    for: [],
    holds: async (read) => {
      const tensors = { "hack/a": tensor(1, 2), "clean/a": tensor(3, 4), notes: tensor(9) };
      const { modules } = await fileOf(tensors, read);
      expect([...modules]).toEqual([["a", { hack: Float32Array.of(1, 2), clean: Float32Array.of(3, 4) }]]);
    },
    rejects: { "hack and clean swapped": [swapped] },
  });

  law(
    "rejects a file without means, with one of the two, or with two of unequal length, naming them -> ArtifactError",
    {
      for: [],
      holds: async (read) => {
        for (const [tensors, words] of [
          [{ "clean/a": tensor(1) }, "expected tensors hack/<module>, got none"],
          [{}, "expected tensors hack/<module>, got none"],
          [{ "hack/a": tensor(1) }, "expected a tensor clean/a"],
          [lopsided, "of one length for a, got 2 and 3"],
        ] as const) {
          const failure = await failureOf(read, tensors);
          expect(failure, words).toBeInstanceOf(ArtifactError);
          expect(String(failure)).toContain(words);
        }
      },
      rejects: { "no means for a bad file": [forgiving] },
    },
  );

  if (existsSync("/proc/self/fd"))
    law("closes the file after success and after failure", {
      for: [],
      holds: (read) =>
        fileOf(lopsided, async (path) => {
          const held = await openSafetensors(path);
          expect(await openHandles(path), "a handle that is held is seen").toBe(1);
          await held.close();
          await expect(read(path)).rejects.toThrow(ArtifactError);
          expect(await openHandles(path), "after a failure").toBe(0);
          await writeSafetensors(path, new Map(Object.entries({ "hack/a": tensor(1), "clean/a": tensor(2) })), {});
          await read(path);
          expect(await openHandles(path), "after success").toBe(0);
        }),
      rejects: { "a handle left open": [leaking(readPairMeans)] },
    });
});
