import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ArtifactError } from "../errors.ts";
import { makeFolder } from "./makeFolder.ts";
import { sweepOnce, temporaryPath } from "./temporaryFiles.ts";

/**
 * Write a file so that, whenever the process is killed, it is either whole or absent.
 *
 * The bytes go to a hidden file in the same folder, are flushed to the disk, and take the name by rename. An existing file is
 * replaced whole. Folders on the way are made. A kill leaves at most the hidden file, which the next process that writes into
 * the folder removes.
 *
 * @param chunks  the content; several arrays are written one after the other
 * @throws ArtifactError  the folder cannot be written to, or the disk is full
 */
export async function writeFileAtomic(
  path: string,
  chunks: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const folder = dirname(path);
  const temporary = temporaryPath(path);
  try {
    await makeFolder(folder);
    await sweepOnce(folder);
    await writeAndFlush(temporary, chunks instanceof Uint8Array ? [chunks] : chunks);
    await rename(temporary, path);
    await flushFolder(folder);
  } catch (cause) {
    const failure = new ArtifactError(
      `${path}: expected to write this file, got ${String(cause)}; nothing was changed`,
      cause,
    );
    throw await rm(temporary, { force: true }).then(
      () => failure,
      () => failure,
    );
  }
}

async function writeAndFlush(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(path, "wx");
  try {
    for await (const chunk of chunks) await handle.writeFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the rename itself survive a power cut. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
