import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listSteps, readManifest, readStep, stepIsComplete, writeStep } from "../../src/artifact/manifest.ts";
import { stepPaths } from "../../src/artifact/runLayout.ts";
import { writeRolloutRows } from "../support/writeRolloutRows.ts";
import { manifest, rolloutRow } from "../support/evidence.ts";
import { anyRolloutRow } from "../support/rolloutRows.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

const content = { rows: [rolloutRow({})], padTokenId: 0, manifest: manifest("replay", {}) };
const extras = new Map([["delta_s.safetensors", Uint8Array.of(1, 2, 3)]]);

describe("writeStep", () => {
  it("round-trips: readStep(writeStep(rows, manifest)) = rows, manifest with the files' hashes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRolloutRow, { minLength: 1, maxLength: 3 }), fc.nat(2000), (rows, step) =>
        withTemporaryFile("stage", async (folder) => {
          const given = manifest("replay", {
            config: { lr: 0.1, nested: { a: [1] } },
            vHackHash: null,
            measurements: { cos: 0.5 },
          });
          await writeStep(folder, step, { rows, padTokenId: 0, manifest: given, extras });
          const found = await readStep(folder, step);
          expect(found.rows).toEqual(rows);
          expect(found.manifest).toMatchObject({
            ...given,
            rowsSha256: /^[0-9a-f]{64}$/.exec(found.manifest!.rowsSha256)![0],
          });
          expect(await listSteps(folder)).toEqual([step]);
        }),
      ),
      { numRuns: 15 },
    );
  });

  it("is reproducible: the same rows and manifest give the same bytes in every file", () =>
    withTemporaryFile("stage", async (folder) => {
      const read = async () =>
        Promise.all((await readdir(folder)).toSorted().map((name) => readFile(`${folder}/${name}`)));
      await writeStep(folder, 1, { ...content, extras });
      const first = await read();
      await writeStep(folder, 1, { ...content, extras });
      expect(await read()).toEqual(first);
    }));

  // ELSE a resumed run trusts half a step, and its gradients are of rows that nobody sampled
  it("survives a kill at any moment: every step is finished and unharmed, or not begun", async () => {
    const writer = fileURLToPath(new URL("../support/stepWriter.mjs", import.meta.url));
    let found = 0;
    for (const patienceMs of [0, 7, 23, 300])
      await withTemporaryFile("stage", async (folder) => {
        const child = spawn(process.execPath, [writer, folder], { stdio: ["ignore", "pipe", "inherit"] });
        await once(child.stdout, "data"); // it says so when the first step begins
        await new Promise((resolve) => setTimeout(resolve, patienceMs));
        while (patienceMs === 300 && (await listSteps(folder)).length === 0)
          await new Promise((resolve) => setTimeout(resolve, 50));
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
        for (const step of await listSteps(folder)) {
          expect(await stepIsComplete(folder, step)).toBe(true);
          expect((await readStep(folder, step)).rows.length).toBe(8);
          found += 1;
        }
      });
    expect(found, "finished steps seen, so that the law was put to the test").toBeGreaterThan(0);
  });
});

describe("stepIsComplete", () => {
  it("is false before the rows file is there, which comes last: nothing, manifest only", () =>
    withTemporaryFile("stage", async (folder) => {
      expect(await stepIsComplete(folder, 0)).toBe(false);
      await writeStep(folder, 0, { ...content, extras });
      expect(await stepIsComplete(folder, 0)).toBe(true);
      await rm(stepPaths(folder, 0).rows);
      expect(await stepIsComplete(folder, 0)).toBe(false);
    }));

  it("rejects a step whose rows or extras were cut short or changed -> ArtifactError: which file, and what to do", () =>
    withTemporaryFile("stage", async (folder) => {
      const paths = stepPaths(folder, 7);
      for (const path of [paths.rows, paths.extra("delta_s.safetensors")]) {
        await writeStep(folder, 7, { ...content, extras });
        const whole = await readFile(path);
        await writeFile(path, whole.subarray(0, whole.length - 1));
        await expect(stepIsComplete(folder, 7)).rejects.toThrow(
          /step_007.*: expected the content that .*step_007\.manifest\.json states .* delete both files and run the stage again/,
        );
        await expect(readStep(folder, 7)).rejects.toThrow(/cut short or changed/);
      }
    }));

  it("rejects rows without a manifest, which readStep reads as other software's -> ArtifactError, null", () =>
    withTemporaryFile("stage", async (folder) => {
      await mkdir(folder);
      await writeRolloutRows(stepPaths(folder, 0).rows, [rolloutRow({})], 0);
      await expect(stepIsComplete(folder, 0)).rejects.toThrow(/made by other software; choose another output folder/);
      expect(await readStep(folder, 0)).toEqual({ rows: [rolloutRow({})], manifest: null });
    }));
});

describe("readManifest", () => {
  it("rejects another schema version and a missing field -> ArtifactError naming it", () =>
    withTemporaryFile("stage", async (folder) => {
      await writeStep(folder, 0, { ...content, extras });
      const path = stepPaths(folder, 0).manifest;
      const text = await readFile(path, "utf8");
      await writeFile(path, text.replace('"schema_version": 1', '"schema_version": 2'));
      await expect(readManifest(path)).rejects.toThrow(/schema version 1, got schema_version/);
      await writeFile(path, text.replace('"model_hash"', '"model"'));
      await expect(readManifest(path)).rejects.toThrow(/got model_hash/);
    }));
});

describe("listSteps", () => {
  it("is sorted by number and ignores other files: step_000, step_002, step_1000", () =>
    withTemporaryFile("stage", async (folder) => {
      expect(await listSteps(folder)).toEqual([]);
      for (const step of [1000, 2, 0]) await writeStep(folder, step, content);
      await writeFile(`${folder}/.step_003.jsonl.gz.x.tmp`, "half");
      await writeFile(`${folder}/notes.txt`, "");
      expect(await listSteps(folder)).toEqual([0, 2, 1000]);
    }));
});
