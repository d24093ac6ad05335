import { readFile, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJsonl, writeJsonl, writeJsonlGz } from "../../src/artifact/jsonlGz.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";
import { jsonlLaws } from "./jsonlGz.statements.ts";

/** JSON has no -0: it comes back as 0. */
const rows = fc.array(
  fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  { maxLength: 5 },
);
const text = fc.string({ unit: "binary" }).filter((word) => word !== "a" && word !== "b" && word !== "__proto__");

describe("readJsonl", () => {
  it("round-trips gzipped: read(write(rows)) = rows", () =>
    fc.assert(fc.asyncProperty(rows, (all) => jsonlLaws.roundTrips(writeJsonlGz, readJsonl, "a.jsonl.gz", all))));

  it("round-trips plain: read(write(rows)) = rows", () =>
    fc.assert(fc.asyncProperty(rows, (all) => jsonlLaws.roundTrips(writeJsonl, readJsonl, "a.jsonl", all))));

  // ELSE every published pool is unreadable, or a completion that says NaN is changed
  it("reads Python's bare NaN and Infinity as null, outside strings only", () =>
    fc.assert(fc.asyncProperty(text, (word) => jsonlLaws.readsPythonNumbers(readJsonl, word))));

  it("rejects a gzipped file cut short at every byte -> ArtifactError that says what to do", () =>
    withTemporaryFile("step_007.jsonl.gz", async (path) => {
      await writeJsonlGz(path, [{ a: 1 }, { b: "two" }]);
      const whole = await readFile(path);
      for (let length = 0; length < whole.length; length++) {
        await writeFile(path, whole.subarray(0, length));
        await expect(readJsonl(path)).rejects.toThrow(
          /step_007\.jsonl\.gz: expected a whole gzip file .* got \d+ bytes .* delete it and make it again/,
        );
      }
    }));

  it("rejects a line that is not JSON -> ArtifactError naming the line", () =>
    withTemporaryFile("a.jsonl", async (path) => {
      await writeFile(path, '{"a": 1}\n{"a": NaNa}\n');
      await expect(readJsonl(path)).rejects.toThrow(/a\.jsonl line 2: expected one JSON value/);
      await expect(readJsonl(`${path}.missing`)).rejects.toThrow(/ENOENT/);
    }));
});

describe("writeJsonlGz", () => {
  it("is reproducible: the same rows give the same bytes, without a time stamp", () =>
    fc.assert(
      fc.asyncProperty(rows, (all) => jsonlLaws.isReproducible(writeJsonlGz, all)),
      { numRuns: 20 },
    ));
});
