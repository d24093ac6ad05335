import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { ArtifactError } from "../errors.ts";
import { makeFolder } from "./makeFolder.ts";
import { appending, openRegular } from "./openRegular.ts";
import { parseJson } from "./parseJson.ts";
import { textLines } from "./textLines.ts";
import { utf8Text } from "./utf8Text.ts";

/**
 * A JSON lines file that grows row by row and survives a kill: what stands in it is whole rows, plus at most one cut-off line,
 * which opening it again removes.
 */
export class JsonlAppender {
  readonly path: string;
  /** Rows that were there when the file was opened. */
  readonly rows: readonly unknown[];
  readonly #handle: FileHandle;
  #length: number;

  private constructor(path: string, handle: FileHandle, rows: readonly unknown[], length: number) {
    this.path = path;
    this.#handle = handle;
    this.rows = rows;
    this.#length = length;
  }

  /** @throws ArtifactError  the file cannot be opened for writing, or a whole line in it is not JSON */
  static async open(path: string): Promise<JsonlAppender> {
    try {
      await makeFolder(dirname(path));
      const handle = await openRegular(path, "rows", appending);
      try {
        const rows: unknown[] = [];
        let length = 0;
        for await (const { bytes, number, end, isWhole } of textLines(fromStart(handle), path)) {
          if (!isWhole) break;
          const where = `${path} line ${number}`;
          rows.push(parseJson(utf8Text(bytes, where), where));
          length = end;
        }
        // only now: a file that is not ours stays as it is
        await handle.truncate(length);
        return new JsonlAppender(path, handle, rows, length);
      } catch (cause) {
        await handle.close();
        throw cause;
      }
    } catch (cause) {
      if (cause instanceof ArtifactError) throw cause;
      throw new ArtifactError(`${path}: expected a file to write rows to, got ${String(cause)}`, cause);
    }
  }

  /** @throws ArtifactError  the disk is full or gone; the file then still ends with a whole row */
  async append(row: unknown): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(row)}\n`);
    try {
      await this.#handle.appendFile(line);
      this.#length += line.length;
    } catch (cause) {
      await this.#handle.truncate(this.#length);
      throw new ArtifactError(
        `${this.path}: expected to append a row, got ${String(cause)}. Free some space and run the same command again: it goes on from here.`,
        cause,
      );
    }
  }

  async close(): Promise<void> {
    try {
      await this.#handle.sync();
    } finally {
      await this.#handle.close();
    }
  }
}

function fromStart(handle: FileHandle): AsyncIterable<Uint8Array> {
  return handle.createReadStream({ autoClose: false, start: 0 });
}
