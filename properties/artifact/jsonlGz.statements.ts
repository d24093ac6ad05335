import { readFile, writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type Read = (path: string) => Promise<unknown[]>;
type Write = (path: string, rows: readonly unknown[]) => Promise<void>;

/** Laws of JSON lines files, for the real reader and writer and for their mutants. */
export const jsonlLaws = {
  async roundTrips(write: Write, read: Read, name: string, rows: readonly unknown[]): Promise<void> {
    await withTemporaryFile(name, async (path) => {
      await write(path, rows);
      expect(await read(path)).toEqual(rows);
    });
  },

  async isReproducible(write: Write, rows: readonly unknown[]): Promise<void> {
    await withTemporaryFile("a.jsonl.gz", async (path) => {
      await write(path, rows);
      const bytes = await readFile(path);
      await write(path, rows);
      expect(await readFile(path)).toEqual(bytes);
      expect(bytes.readUInt32LE(4), "the gzip header's time stamp").toBe(0);
    });
  },

  /** A string that spells NaN keeps it, whatever quotes and backslashes stand around. */
  async readsPythonNumbers(read: Read, text: string): Promise<void> {
    const line = `{"a": NaN, "b": [Infinity, -Infinity, -1.5], ${JSON.stringify(text)}: ${JSON.stringify(`${text} NaN`)}}`;
    await withTemporaryFile("a.jsonl", async (path) => {
      await writeFile(path, `${line}\n${line}`);
      const row = { a: null, b: [null, null, -1.5], [text]: `${text} NaN` };
      expect(await read(path)).toEqual([row, row]);
    });
  },
};
