import { readFile, writeFile } from "node:fs/promises";
import { expect } from "vitest";
import type { JsonlAppender } from "../../src/artifact/jsonlAppender.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

export type Open = (path: string) => Promise<Pick<JsonlAppender, "rows" | "append" | "close">>;

async function written(open: Open, path: string, rows: readonly unknown[]): Promise<void> {
  const file = await open(path);
  for (const row of rows) await file.append(row);
  await file.close();
}

export const jsonlAppenderLaws = {
  /** Killed with any number of bytes on the disk, opened again and finished: the rows that were whole, then the new ones. */
  async survivesAKill(open: Open, before: readonly unknown[], share: number, after: readonly unknown[]): Promise<void> {
    await withTemporaryFile("deep/rows.jsonl", async (path) => {
      await written(open, path, before);
      const bytes = await readFile(path);
      const kept = bytes.subarray(0, Math.floor(share * (bytes.length + 1)));
      await writeFile(path, kept);
      const whole = before.slice(0, kept.toString("latin1").split("\n").length - 1);
      const file = await open(path);
      for (const row of after) await file.append(row);
      await file.close();
      expect(file.rows).toEqual(whole);
      expect(await readFile(path, "utf8")).toBe([...whole, ...after].map((row) => `${JSON.stringify(row)}\n`).join(""));
    });
  },

  /** A whole line that is not JSON is somebody else's file: refused by its number, and left as it was. */
  async leavesForeignFilesAlone(open: Open, before: readonly unknown[], line: string): Promise<void> {
    await withTemporaryFile("rows.jsonl", async (path) => {
      const text = `${before.map((row) => `${JSON.stringify(row)}\n`).join("")}${line}\nand no end`;
      await writeFile(path, text);
      const failure: unknown = await open(path).then(
        (file) => file.close().then(() => null),
        (thrown: unknown) => thrown,
      );
      expect(failure).toEqual(
        expect.objectContaining({
          name: "ArtifactError",
          message: expect.stringContaining(`line ${before.length + 1}:`),
        }),
      );
      expect(await readFile(path, "utf8")).toBe(text);
    });
  },
};
