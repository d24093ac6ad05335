import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeFileAtomic } from "../../src/artifact/atomicFile.ts";
import { ArtifactError } from "../../src/errors.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 4 });

describe("writeFileAtomic", () => {
  it("round-trips: the file holds the chunks one after the other, and nothing else is left in its folder", async () => {
    await fc.assert(
      fc.asyncProperty(chunks, (parts) =>
        withTemporaryFile("deep/er/x", async (path) => {
          await writeFileAtomic(path, parts);
          expect(new Uint8Array(await readFile(path))).toEqual(Uint8Array.from(parts.flatMap((part) => [...part])));
          expect(await readdir(dirname(path))).toEqual(["x"]);
        }),
      ),
    );
  });

  // ELSE a run that dies while it writes destroys the step that it was to replace
  it("conserves the old file: a write that fails half-way changes nothing -> ArtifactError", () =>
    withTemporaryFile("x", async (path) => {
      await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
      const failing = function* () {
        yield Uint8Array.of(9);
        throw new Error("the disk is full");
      };
      await expect(writeFileAtomic(path, failing())).rejects.toThrow(ArtifactError);
      expect([...(await readFile(path))]).toEqual([1, 2, 3]);
      expect(await readdir(dirname(path))).toEqual(["x"]);
    }));

  it("rejects a path that cannot be a file -> ArtifactError naming it", () =>
    withTemporaryFile("folder", async (path) => {
      await mkdir(path);
      await writeFileAtomic(join(path, "inside"), Uint8Array.of(1));
      await expect(writeFileAtomic(path, Uint8Array.of(1))).rejects.toThrow(/folder: expected to write this file/);
    }));
});
