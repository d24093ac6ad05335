import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { writeFileAtomic } from "../../src/artifact/atomicFile.ts";
import { ArtifactError } from "../../src/errors.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Write = (path: string, content: Uint8Array | Iterable<Uint8Array>) => Promise<void>;

const anyChunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 4 });

/** Writes into the file itself, chunk by chunk. */
const inPlace: Write = async (path, content) => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "");
  try {
    for (const chunk of content instanceof Uint8Array ? [content] : content)
      await writeFile(path, chunk, { flag: "a" });
  } catch (failure) {
    throw new ArtifactError(String(failure));
  }
};
const littering: Write = async (path, content) => {
  await writeFileAtomic(path, content);
  await writeFile(`${path}.tmp`, "");
};
const lastChunkOnly: Write = async (path, content) =>
  writeFileAtomic(path, content instanceof Uint8Array ? content : [...content].slice(-1));

lawsOf<Write>("writeFileAtomic", writeFileAtomic, (law) => {
  law("round-trips: the file holds the chunks one after the other, and nothing else is left in its folder", {
    for: [anyChunks],
    holds: (write, chunks) =>
      withTemporaryFile("deep/er/x", async (path) => {
        await write(path, chunks);
        expect(new Uint8Array(await readFile(path))).toEqual(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])));
        expect(await readdir(dirname(path))).toEqual(["x"]);
      }),
    rejects: {
      "the last chunk only": [lastChunkOnly, [Uint8Array.of(1), Uint8Array.of(2)]],
      "a temporary file left behind": [littering, [Uint8Array.of(1)]],
    },
  });

  law("conserves the old file: a write that fails half-way changes nothing -> ArtifactError", {
    else: "a run that dies while it writes destroys the step that it was to replace",
    for: [],
    holds: (write) =>
      withTemporaryFile("x", async (path) => {
        await write(path, Uint8Array.of(1, 2, 3));
        const failing = function* () {
          yield Uint8Array.of(9);
          throw new Error("the disk is full");
        };
        await expect(write(path, failing())).rejects.toThrow(ArtifactError);
        expect([...(await readFile(path))]).toEqual([1, 2, 3]);
        expect(await readdir(dirname(path))).toEqual(["x"]);
      }),
    rejects: { "a file written in place": [inPlace] },
  });

  law("rejects a path that cannot be a file -> ArtifactError naming it", {
    for: [],
    holds: (write) =>
      withTemporaryFile("folder", async (path) => {
        await mkdir(path);
        await write(join(path, "inside"), Uint8Array.of(1));
        await expect(write(path, Uint8Array.of(1))).rejects.toThrow(/folder: expected to write this file/);
      }),
    rejects: {
      "a bare failure": [
        (path, content) => writeFileAtomic(path, content).catch(() => Promise.reject(new Error("EISDIR"))),
      ],
    },
  });
});
