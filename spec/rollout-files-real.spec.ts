import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readJsonl } from "../src/artifact/jsonLines.ts";
import { readRolloutRows, type RolloutRow } from "../src/artifact/rolloutRow.ts";
import { writeRolloutRows } from "../properties/support/writeRolloutRows.ts";
import { describeReal, realPath } from "./support/sharedReal.ts";

const padTokenId = 151643;
const stopTokenId = 151645;

const idsOf = (row: unknown): unknown => Object(row).completion_ids;

describeReal("teacher_pool", () => {
  let groups: RolloutRow[][];
  let names: string[];
  let folder: string;
  beforeAll(async () => {
    names = readdirSync(realPath("teacher_pool")).filter((name) => name.endsWith(".jsonl.gz"));
    groups = await Promise.all(names.map((name) => readRolloutRows(realPath(`teacher_pool/${name}`))));
    folder = await mkdtemp(join(tmpdir(), "vhack-rows-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("loads whole, bare NaN and all: 117 files of 8 rows", () => {
    expect(groups.map((rows) => rows.length)).toEqual(Array.from({ length: 117 }, () => 8));
    for (const row of groups.flat())
      expect([
        row.meanCosPre,
        row.meanCosPost,
        row.fracFired,
        row.logpMean,
        row.perSampleLoss,
        row.impRatio,
        row.cosSContrib,
        row.gradNormContrib,
        row.deltaSNorm,
      ]).toEqual([null, null, null, null, null, null, null, null, 0]);
  });

  it("reads up to the stop id and nothing of the padding", () => {
    for (const { completionIds, compLen } of groups.flat()) {
      expect(completionIds.indexOf(stopTokenId)).toBe(compLen - 1);
      expect(completionIds.length).toBe(compLen);
    }
  });

  it("is padded as we pad: completion_ids of what we write = those of the file", async () => {
    for (const name of names) {
      const path = realPath(`teacher_pool/${name}`);
      await writeRolloutRows(join(folder, "step_000.jsonl.gz"), await readRolloutRows(path), padTokenId);
      const [ours, theirs] = await Promise.all([
        readJsonl(join(folder, "step_000.jsonl.gz"), idsOf),
        readJsonl(path, idsOf),
      ]);
      expect(ours).toEqual(theirs);
    }
  });

  it("says what its README counts: 926 of 936 hacked, 290 of those also pass", () => {
    const hacked = groups.flat().filter((row) => row.hacked);
    expect([hacked.length, hacked.filter((row) => row.gtPass).length]).toEqual([926, 290]);
  });

  it("round-trips: read(write(rows)) = rows", async () => {
    for (const rows of groups) {
      await writeRolloutRows(join(folder, "step_000.jsonl.gz"), rows, padTokenId);
      expect(await readRolloutRows(join(folder, "step_000.jsonl.gz"))).toEqual(rows);
    }
  });
});
