import { appendFile, readFile, writeFile } from "node:fs/promises";
import { beforeAll, describe, it } from "vitest";
import { JsonlAppender } from "../../src/artifact/jsonlAppender.ts";
import { defaultMemoryBytes, startBackend } from "../../src/tensor/backend.ts";
import { jsonlAppenderLaws, type Open } from "../artifact/jsonlAppender.statements.ts";
import { rejects } from "../support/rejects.ts";

beforeAll(() => startBackend({ name: "cpu", memoryBytes: defaultMemoryBytes, tensorflowFolder: null }));

const lines = [
  { id: 1, text: "one" },
  { id: 2, text: "two" },
];
/** Opens with another idea of what stands in the file. */
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

describe("teeth: JsonlAppender", () => {
  it("a kill rejects: rows without an end, a file started again, the last whole row dropped", async () => {
    for (const wrong of [cutRowKept, startedAgain, lastRowDropped])
      await rejects(() => jsonlAppenderLaws.survivesAKill(wrong, lines, 0.99, lines));
  });
  it("foreign files rejects: bad lines dropped, the last line cut off before the others are read", async () => {
    for (const wrong of [badLinesDropped, cutFirst])
      await rejects(() => jsonlAppenderLaws.leavesForeignFilesAlone(wrong, lines, "id,text"));
  });
});
