import { writeFile } from "node:fs/promises";
import { jsonlGzBytes } from "../../src/artifact/jsonlGz.ts";

/** Rows as a gzipped file of JSON lines. */
export async function writeJsonlGz(path: string, rows: readonly unknown[]): Promise<void> {
  await writeFile(path, jsonlGzBytes(rows));
}
