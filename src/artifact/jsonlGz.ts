import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { gzipSync } from "fflate";
import { ArtifactError, quoted } from "../errors.ts";
import { writeFileAtomic } from "./atomicFile.ts";

/**
 * Read JSON lines, gzipped or plain (told apart by the first two bytes).
 *
 * Python writes bare NaN, Infinity and -Infinity, which are not JSON: outside strings they are read as null.
 *
 * @throws ArtifactError  the file is missing, cut short, or a line (named) does not parse
 */
export async function readJsonl(path: string): Promise<unknown[]> {
  const lines = decodeText(path, await readBytes(path)).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line, i) => parseLine(line, `${path} line ${i + 1}`));
}

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

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ArtifactError(`${path}: expected a readable file of JSON lines, got ${String(cause)}`, cause);
  }
}

function decodeText(path: string, bytes: Uint8Array): string {
  const gzipped = path.endsWith(".gz") || (bytes[0] === 0x1f && bytes[1] === 0x8b);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(gzipped ? gunzipSync(bytes) : bytes);
  } catch (cause) {
    const kind = gzipped ? "a whole gzip file of UTF-8 text" : "UTF-8 text";
    throw new ArtifactError(
      `${path}: expected ${kind}, got ${bytes.length} bytes that are not (${String(cause)}); the file is cut short or damaged: delete it and make it again`,
      cause,
    );
  }
}

function parseLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return parsePythonLine(line, where);
  }
}

function parsePythonLine(line: string, where: string): unknown {
  const strict = line.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (token) => (token.startsWith('"') ? token : "null"));
  try {
    return JSON.parse(strict);
  } catch (cause) {
    throw new ArtifactError(
      `${where}: expected one JSON value, got ${quoted(line.slice(0, 60))} (${String(cause)}); the file is cut short or damaged: delete it and make it again`,
      cause,
    );
  }
}
