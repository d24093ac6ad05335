import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readRolloutRows, scoredCompletionIds, writeRolloutRows, type RolloutRow } from "../src/artifact/rolloutRow.ts";
import { describeReal, realPath } from "./support/sharedReal.ts";

const padTokenId = 151643;
const stopTokenId = 151645;

describeReal("teacher_pool", () => {
  let groups: RolloutRow[][];
  let folder: string;
  beforeAll(async () => {
    const names = readdirSync(realPath("teacher_pool")).filter((name) => name.endsWith(".jsonl.gz"));
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

  it("scores up to the stop id and nothing of the padding", () => {
    for (const row of groups.flat()) {
      expect(scoredCompletionIds(row).indexOf(stopTokenId)).toBe(row.compLen - 1);
      expect(row.completionIds.slice(row.compLen).every((id) => id === padTokenId)).toBe(true);
    }
  });

  it("says what its README counts: 926 of 936 hacked, 290 of those also pass", () => {
    const hacked = groups.flat().filter((row) => row.hacked);
    expect([hacked.length, hacked.filter((row) => row.gtPass).length]).toEqual([926, 290]);
  });

  it("round-trips: read(write(rows)) = rows", async () => {
    for (const rows of groups) {
      await writeRolloutRows(join(folder, "step_000.jsonl.gz"), rows);
      expect(await readRolloutRows(join(folder, "step_000.jsonl.gz"))).toEqual(rows);
    }
  });
});
