import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect } from "vitest";
import { readJsonl } from "../../src/artifact/jsonLines.ts";
import { writeJsonlGz } from "../support/writeJsonlGz.ts";
import { textLimits } from "../../src/artifact/textLines.ts";
import { ArtifactError } from "../../src/errors.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Read = (path: string) => Promise<unknown[]>;

const real: Read = (path) => readJsonl(path, (row) => row);

const anyText = fc.string({ unit: "binary" }).filter((word) => word !== "a" && word !== "b" && word !== "__proto__");
const anyRows = fc.array(fc.record({ n: fc.nat(), text: fc.string({ unit: "grapheme" }) }, { noNullPrototype: true }), {
  minLength: 1,
  maxLength: 5,
});
/** What editors and concatenations leave before, between and after rows. */
const anyBlanks = fc.array(fc.constantFrom("", " ", "\t", "\r", "\uFEFF", "\uFEFF \r"), { maxLength: 3 });

/** Reads lines as JSON after it changed their text. */
const reading =
  (change: (text: string) => string): Read =>
  async (path) =>
    change(await readFile(path, "utf8"))
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
const inStringsToo = reading((text) => text.replaceAll(/-?Infinity|NaN/g, "null"));
const asZero = reading((text) => text.replaceAll(/: NaN|-?Infinity/g, (token) => (token === ": NaN" ? ": 0" : "0")));
const byOneExpression = reading((text) =>
  text.replaceAll(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (token) => (token.startsWith('"') ? token : "null")),
);
const forgiving: Read = (path) => real(path).catch(() => []);
const bare: Read = (path) => real(path).catch((failure: unknown) => Promise.reject(new RangeError(String(failure))));
const countingRows: Read = (path) =>
  real(path).catch(() => Promise.reject(new ArtifactError(`${path} line 2: expected JSON`)));

function writing(text: string | Uint8Array, use: (path: string) => Promise<void>, name = "a.jsonl"): Promise<void> {
  return withTemporaryFile(name, async (path) => {
    await writeFile(path, text);
    await use(path);
  });
}

lawsOf<Read>("readJsonl", real, (law) => {
  law("reads Python's bare NaN and Infinity as null, outside strings only", {
    else: "every published pool is unreadable, or a completion that says NaN is changed",
    for: [anyText],
    holds: (read, text) => {
      const [key, value] = [JSON.stringify(text), JSON.stringify(`${text} NaN`)];
      const line = `{"a": NaN, "b": [Infinity, -Infinity, -1.5], ${key}: ${value}}`;
      return writing(`${line}\n${line}`, async (path) => {
        const row = { a: null, b: [null, null, -1.5], [text]: `${text} NaN` };
        const found = await read(path).catch((failure: unknown) => failure);
        expect(found).toEqual([row, row]);
      });
    },
    rejects: {
      "replaced inside strings too": [inStringsToo, "x"],
      "read as 0": [asZero, "x"],
      "not read at all": [reading((text) => text), "x"],
    },
  });

  law("reads a line of nine million characters with a bare NaN", {
    for: [],
    holds: (read) =>
      writing(`{"loss": NaN, "text": "${"x\\n".repeat(3_000_000)}"}\n`, async (path) => {
        const found = await read(path).catch((failure: unknown) => failure);
        expect(Array.isArray(found) && (found[0] as { loss: unknown }).loss, String(found).slice(0, 80)).toBeNull();
      }),
    rejects: { "one regular expression over whole strings": [byOneExpression] },
  });

  law("leaves out byte order marks and blank lines, wherever they are", {
    else: "a file that an editor or a concatenation touched is taken for a damaged one",
    for: [anyRows, anyBlanks, anyBlanks],
    holds: (read, rows, before, between) => {
      const lines = rows.flatMap((row) => [`\uFEFF${JSON.stringify(row)}\r`, ...between]);
      return writing([...before, ...lines].join("\n"), async (path) => {
        const found = await read(path).catch((failure: unknown) => failure);
        expect(found).toEqual(rows);
      });
    },
    rejects: { "every line parsed as it is": [reading((text) => text), [{ n: 1, text: "" }], [""], []] },
  });

  law("names a line by its number in the file, blank ones counted -> ArtifactError", {
    for: [anyRows, anyBlanks, fc.constantFrom("{", "nul", "NaNa", '{"a": NaNa}', "[1,", "id,text")],
    holds: (read, rows, blanks, bad) => {
      const lines = [...blanks, ...rows.map((row) => JSON.stringify(row)), bad];
      return writing(lines.join("\n"), async (path) => {
        const failure = await read(path).catch((thrown: unknown) => thrown);
        expect(failure).toBeInstanceOf(ArtifactError);
        expect(String(failure)).toContain(`a.jsonl line ${lines.length}: expected JSON, got`);
      });
    },
    rejects: {
      "no rows for a bad file": [forgiving, [{ n: 1, text: "" }], [""], "{"],
      "rows counted": [countingRows, [{ n: 1, text: "" }], [""], "{"],
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
          await expect(read(path), `${length} bytes`).rejects.toThrow(
            /step_007\.jsonl\.gz: expected a whole gzip file, got .*; fetch or make it again/,
          );
        }
      }),
    rejects: { "no rows for a bad file": [forgiving] },
  });

  const beyond: readonly [string, () => string | Uint8Array, RegExp][] = [
    ["a line without an end", () => "7".repeat(textLimits.lineBytes + 1), /line 1: expected at most 16777216 bytes/],
    ["lines without number", () => "\n".repeat(textLimits.lines + 1), /expected at most 1048576 lines/],
    ["zeros, packed", () => gzipSync(new Uint8Array(textLimits.lineBytes * 2)), /line 1: expected at most 16777216/],
    ["nesting", () => `${"[".repeat(100_000)}${"]".repeat(100_000)}`, /nests at most 1000 levels/],
    ["nesting of objects", () => `${'{"a":'.repeat(1001)}1${"}".repeat(1001)}`, /nests at most 1000 levels/],
    ["bytes that are not UTF-8", () => Buffer.from('{"a": "\xff"}', "latin1"), /line 1: expected UTF-8 text/],
    ["UTF-16", () => Buffer.from('\uFEFF{"a": 1}', "utf16le"), /expected UTF-8 text, got UTF-16/],
  ];
  law("bounds what it believes -> ArtifactError", {
    else: "a small file takes the memory of the machine",
    for: [fc.constantFrom(...beyond)],
    holds: (read, [, make, says]) =>
      writing(make(), async (path) => {
        const failure = await read(path).catch((thrown: unknown) => thrown);
        expect(failure).toBeInstanceOf(ArtifactError);
        expect(String(failure)).toMatch(says);
      }),
    examples: beyond.map((one): [(typeof beyond)[number]] => [one]),
    numRuns: beyond.length,
    rejects: { "no rows for such a file": [forgiving, beyond[0]!], "a bare failure": [bare, beyond[3]!] },
  });

  law("rejects a pipe, a device and a folder before it reads -> ArtifactError", {
    else: "a run waits for ever",
    for: [],
    holds: (read) =>
      withTemporaryFile("here", async (path) => {
        await mkdir(path);
        execFileSync("mkfifo", [`${path}/pipe`]);
        await expect(read(`${path}/pipe`)).rejects.toThrow(/expected a regular file of JSON lines, got a pipe/);
        await expect(read("/dev/zero")).rejects.toThrow(/expected a regular file of JSON lines, got a device/);
        await expect(read(path)).rejects.toThrow(/expected a regular file of JSON lines, got a folder/);
        await expect(read(`${path}/none`)).rejects.toThrow(/ENOENT/);
      }),
    rejects: { "a bare failure": [(path) => real(path).catch(() => Promise.reject(new Error("EISDIR")))] },
  });
});
