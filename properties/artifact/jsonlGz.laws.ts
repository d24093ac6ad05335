import { readFile, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { gzipSync } from "fflate";
import { expect } from "vitest";
import { readJsonl, writeJsonl, writeJsonlGz } from "../../src/artifact/jsonlGz.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Read = (path: string) => Promise<unknown[]>;
type Write = (path: string, rows: readonly unknown[]) => Promise<void>;

/** JSON has no -0: it comes back as 0. */
const anyRows = fc.array(
  fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  { maxLength: 5 },
);
const anyText = fc.string({ unit: "binary" }).filter((word) => word !== "a" && word !== "b" && word !== "__proto__");

/** Reads lines as JSON after it changed their text. */
const reading =
  (change: (text: string) => string): Read =>
  async (path) =>
    change(await readFile(path, "utf8"))
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
const inStringsToo = reading((text) => text.replaceAll(/-?Infinity|NaN/g, "null"));
const asZero = reading((text) => text.replaceAll(/: NaN|-?Infinity/g, (token) => (token === ": NaN" ? ": 0" : "0")));
const stamped: Write = (path, rows) => writeFile(path, gzipSync(Buffer.from(JSON.stringify(rows)), { mtime: 1e12 }));
const forgiving: Read = (path) => readJsonl(path).catch(() => []);

/** What is written comes back, under a name that says whether it is gzipped. */
function lawsOfWriting(name: string, write: Write, fileName: string): void {
  lawsOf<Write>(name, write, (law) => {
    law("round-trips: readJsonl(write(rows)) = rows", {
      for: [anyRows],
      holds: (writing, rows) =>
        withTemporaryFile(fileName, async (path) => {
          await writing(path, rows);
          expect(await readJsonl(path)).toEqual(rows);
        }),
      rejects: {
        "the last row left out": [(path, rows) => write(path, rows.slice(0, -1)), [1, 2]],
        "one row for all": [(path, rows) => write(path, [rows]), [1, 2]],
      },
    });
  });
}

lawsOfWriting("writeJsonlGz", writeJsonlGz, "a.jsonl.gz");
lawsOfWriting("writeJsonl", writeJsonl, "a.jsonl");

lawsOf<Write>("writeJsonlGz", writeJsonlGz, (law) => {
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

lawsOf<Read>("readJsonl", readJsonl, (law) => {
  law("reads Python's bare NaN and Infinity as null, outside strings only", {
    else: "every published pool is unreadable, or a completion that says NaN is changed",
    for: [anyText],
    holds: (read, text) =>
      withTemporaryFile("a.jsonl", async (path) => {
        const [key, value] = [JSON.stringify(text), JSON.stringify(`${text} NaN`)];
        const line = `{"a": NaN, "b": [Infinity, -Infinity, -1.5], ${key}: ${value}}`;
        await writeFile(path, `${line}\n${line}`);
        const row = { a: null, b: [null, null, -1.5], [text]: `${text} NaN` };
        const found = await read(path).catch((failure: unknown) => failure);
        expect(found).toEqual([row, row]);
      }),
    rejects: {
      "replaced inside strings too": [inStringsToo, "x"],
      "read as 0": [asZero, "x"],
      "not read at all": [reading((text) => text), "x"],
    },
  });

  law("rejects a gzipped file cut short at every byte -> ArtifactError that says what to do", {
    for: [],
    holds: (read) =>
      withTemporaryFile("step_007.jsonl.gz", async (path) => {
        await writeJsonlGz(path, [{ a: 1 }, { b: "two" }]);
        const whole = await readFile(path);
        for (let length = 0; length < whole.length; length++) {
          await writeFile(path, whole.subarray(0, length));
          await expect(read(path)).rejects.toThrow(
            /step_007\.jsonl\.gz: expected a whole gzip file .* got \d+ bytes .* delete it and make it again/,
          );
        }
      }),
    rejects: { "no rows for a bad file": [forgiving] },
  });

  law("rejects a line that is not JSON -> ArtifactError naming the line", {
    for: [],
    holds: (read) =>
      withTemporaryFile("a.jsonl", async (path) => {
        await writeFile(path, '{"a": 1}\n{"a": NaNa}\n');
        await expect(read(path)).rejects.toThrow(/a\.jsonl line 2: expected one JSON value/);
        await expect(read(`${path}.missing`)).rejects.toThrow(/ENOENT/);
      }),
    rejects: { "no rows for a bad file": [forgiving] },
  });
});
