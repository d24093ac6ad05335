import type { FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { ArtifactError } from "../errors.ts";
import { openRegular } from "./openRegular.ts";
import { parsePythonJson } from "./parseJson.ts";
import { textLines } from "./textLines.ts";
import { utf8Text } from "./utf8Text.ts";

/**
 * Read JSON lines, gzipped or plain (told apart by the first two bytes), and parse each row as it comes.
 *
 * Python writes bare NaN, Infinity and -Infinity, which are not JSON: outside strings they are read as null. Blank lines and
 * byte order marks are left out; lines are numbered as in the file. `textLimits` bounds what is read, and decompressed.
 *
 * @param parse  makes a row of a line's value; `where` is file and line, for its messages
 * @throws ArtifactError  the file is missing, cut short, too large, or a line (named) is not JSON; and what `parse` throws
 */
export async function readJsonl<Row>(
  path: string,
  parse: (value: unknown, where: string, line: number) => Row,
): Promise<Row[]> {
  const handle = await openRegular(path, "JSON lines");
  try {
    const rows: Row[] = [];
    const isGzip = path.endsWith(".gz") || (await startsLikeGzip(handle));
    const bytes = handle.createReadStream({ autoClose: false, start: 0, highWaterMark: 1 << 16 });
    for await (const { bytes: line, number } of textLines(isGzip ? gunzipped(bytes, path) : bytes, path)) {
      const where = `${path} line ${number}`;
      rows.push(parse(parsePythonJson(utf8Text(line, where), where), where, number));
    }
    return rows;
  } finally {
    await handle.close();
  }
}

async function startsLikeGzip(handle: FileHandle): Promise<boolean> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

/** Piece by piece: what a small file unpacks to is not known beforehand. */
async function* gunzipped(bytes: NodeJS.ReadableStream, path: string): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  pipeline(bytes, gunzip, () => undefined); // an error of either ends the loop below
  let length = 0;
  try {
    for await (const piece of gunzip) {
      length += (piece as Buffer).length;
      yield piece as Buffer;
    }
  } catch (cause) {
    throw new ArtifactError(
      `${path}: expected a whole gzip file, got one that breaks off or is damaged after ${length} bytes of text (${String(cause)}); fetch or make it again`,
      cause,
    );
  }
}
