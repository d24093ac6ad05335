import { gzipSync } from "fflate";
import { writeFileAtomic } from "./atomicFile.ts";

/** Write JSON lines plainly, whole or not at all. */
export async function writeJsonl(path: string, rows: readonly unknown[]): Promise<void> {
  await writeFileAtomic(path, jsonlBytes(rows));
}

/** JSON lines, gzipped without a time stamp by one fixed compressor: the same rows give the same bytes on every machine. */
export function jsonlGzBytes(rows: readonly unknown[]): Uint8Array {
  return gzipSync(jsonlBytes(rows), { level: 6, mtime: 0 });
}

function jsonlBytes(rows: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}
