import { appendFile, readFile, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { expect } from "vitest";
import { JsonlAppender } from "../../src/artifact/jsonlAppender.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Open = (path: string) => Promise<Pick<JsonlAppender, "rows" | "append" | "close">>;

const anyRows = fc.array(
  fc.record({ id: fc.nat(), text: fc.string({ unit: "grapheme" }) }, { noNullPrototype: true }),
  {
    maxLength: 5,
  },
);
const anyShare = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const lines = [
  { id: 1, text: "one" },
  { id: 2, text: "two" },
];
const linesOf = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** Opens with another idea of what the file holds. */
const opening =
  (mend: (text: string) => string): Open =>
  async (path) => {
    const text = await readFile(path, "utf8").catch(() => "");
    if (text !== "") await writeFile(path, mend(text));
    return JsonlAppender.open(path);
  };
const cutRowKept: Open = async (path) => {
  const file = await JsonlAppender.open(path);
  return { rows: file.rows, append: (row) => appendFile(path, JSON.stringify(row)), close: () => file.close() };
};
const startedAgain = opening(() => "");
const lastRowDropped = opening((text) => text.slice(0, text.trimEnd().lastIndexOf("\n") + 1));
const badLinesDropped = opening((text) =>
  text
    .split("\n")
    .filter((line) => line.startsWith('{"id'))
    .map((line) => `${line}\n`)
    .join(""),
);
const cutFirst = opening((text) => text.slice(0, text.lastIndexOf("\n") + 1));

lawsOf<Open>("JsonlAppender", JsonlAppender.open, (law) => {
  law("survives a kill at any byte: open(cut file).rows = its whole rows; appending goes on after them", {
    else: "a run that was killed goes on with a broken row, or writes one twice",
    for: [anyRows, anyShare, anyRows],
    holds: (open, before, share, after) =>
      withTemporaryFile("deep/rows.jsonl", async (path) => {
        const first = await open(path);
        for (const row of before) await first.append(row);
        await first.close();
        const bytes = await readFile(path);
        const kept = bytes.subarray(0, Math.floor(share * (bytes.length + 1)));
        await writeFile(path, kept);
        const whole = before.slice(0, kept.toString("latin1").split("\n").length - 1);
        const file = await open(path);
        for (const row of after) await file.append(row);
        await file.close();
        expect(file.rows).toEqual(whole);
        expect(await readFile(path, "utf8")).toBe(linesOf([...whole, ...after]));
      }),
    numRuns: 50,
    rejects: {
      "rows without an end": [cutRowKept, lines, 0.99, lines],
      "a file started again": [startedAgain, lines, 0.99, lines],
      "the last whole row dropped": [lastRowDropped, lines, 0.99, lines],
    },
  });

  law("rejects a foreign file -> ArtifactError with the line, the file as it was", {
    for: [anyRows, fc.constantFrom("{", "id,text", "[1,", "nul")],
    holds: (open, before, line) =>
      withTemporaryFile("rows.jsonl", async (path) => {
        const text = `${linesOf(before)}${line}\nand no end`;
        await writeFile(path, text);
        const failure: unknown = await open(path).then(
          (file) => file.close(),
          (thrown: unknown) => thrown,
        );
        const message = expect.stringContaining(`line ${before.length + 1}:`);
        expect(failure).toEqual(expect.objectContaining({ name: "ArtifactError", message }));
        expect(await readFile(path, "utf8")).toBe(text);
      }),
    numRuns: 50,
    rejects: {
      "bad lines dropped": [badLinesDropped, lines, "id,text"],
      "the last line cut off before the others are read": [cutFirst, lines, "id,text"],
    },
  });
});
