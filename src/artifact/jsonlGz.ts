import { gzipSync } from "fflate";
import { writeFileAtomic } from "./atomicFile.ts";

/** Write JSON lines gzipped, whole or not at all; the same rows give the same bytes on every machine. */
export async function writeJsonlGz(path: string, rows: readonly unknown[]): Promise<void> {
  await writeFileAtomic(path, jsonlGzBytes(rows));
}

/** Write JSON lines plainly, whole or not at all. */
export async function writeJsonl(path: string, rows: readonly unknown[]): Promise<void> {
  await writeFileAtomic(path, jsonlBytes(rows));
}

/** The bytes that `writeJsonlGz` writes: no time stamp, one fixed compressor. */
export function jsonlGzBytes(rows: readonly unknown[]): Uint8Array {
  return gzipSync(jsonlBytes(rows), { level: 6, mtime: 0 });
}

function jsonlBytes(rows: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}
