import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { ArtifactError, quoted } from "../errors.ts";
import { makeFolder } from "./makeFolder.ts";

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
      const handle = await open(path, "a+");
      try {
        const bytes = await handle.readFile();
        const length = bytes.lastIndexOf(0x0a) + 1;
        const lines = bytes.subarray(0, length).toString("utf8").split("\n").slice(0, -1);
        const rows = lines.map((line, i) => parse(line, `${path} line ${i + 1}`));
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

function parse(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new ArtifactError(
      `${where}: expected one JSON value, got ${quoted(line.slice(0, 60))}; this is no file of ours to continue`,
      cause,
    );
  }
}
