import { readFile, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { gzipSync } from "fflate";
import { expect } from "vitest";
import { readJsonl } from "../../src/artifact/jsonLines.ts";
import { writeJsonl } from "../../src/artifact/jsonlGz.ts";
import { writeJsonlGz } from "../support/writeJsonlGz.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Write = (path: string, rows: readonly unknown[]) => Promise<void>;

/** JSON has no -0: it comes back as 0. */
const anyRows = fc.array(
  fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  { maxLength: 5 },
);

const stamped: Write = (path, rows) => writeFile(path, gzipSync(Buffer.from(JSON.stringify(rows)), { mtime: 1e12 }));

/** What is written comes back, under a name that says whether it is gzipped. */
function lawsOfWriting(name: string, write: Write, fileName: string): void {
  lawsOf<Write>(name, write, (law) => {
    law("round-trips: readJsonl(write(rows)) = rows", {
      for: [anyRows],
      holds: (writing, rows) =>
        withTemporaryFile(fileName, async (path) => {
          await writing(path, rows);
          expect(await readJsonl(path, (row) => row)).toEqual(rows);
        }),
      rejects: {
        "the last row left out": [(path, rows) => write(path, rows.slice(0, -1)), [1, 2]],
        "one row for all": [(path, rows) => write(path, [rows]), [1, 2]],
      },
    });
  });
}

lawsOfWriting("jsonlGzBytes", writeJsonlGz, "a.jsonl.gz");
lawsOfWriting("writeJsonl", writeJsonl, "a.jsonl");

lawsOf<Write>("jsonlGzBytes", writeJsonlGz, (law) => {
  law("is reproducible: the same rows give the same bytes, without a time stamp", {
    for: [anyRows],
    holds: (write, rows) =>
      withTemporaryFile("a.jsonl.gz", async (path) => {
        await write(path, rows);
        const bytes = await readFile(path);
        await write(path, rows);
        expect(await readFile(path)).toEqual(bytes);
        expect(bytes.readUInt32LE(4), "the gzip header's time stamp").toBe(0);
      }),
    numRuns: 20,
    rejects: { "a time stamp in the gzip header": [stamped, [{ a: 1 }]] },
  });
});
