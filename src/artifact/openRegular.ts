import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { ArtifactError } from "../errors.ts";

/** Where the system knows it: opening a pipe that nobody writes to returns at once instead of waiting for ever. */
const withoutWaiting = constants.O_NONBLOCK ?? 0;
/** Reads, and appends to what is there. */
export const appending = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;

/**
 * Open a regular file. A pipe, a device or a folder is refused before it is read: it has no end, or none that is known.
 *
 * @param what   what the file should be, for the message: "JSON lines"
 * @param flags  `appending`, or reading where nothing is said
 * @throws ArtifactError  there is no such file, it may not be opened, or it is no regular file
 */
export async function openRegular(path: string, what: string, flags = constants.O_RDONLY): Promise<FileHandle> {
  const handle = await openAny(path, what, flags | withoutWaiting);
  try {
    const stats = await handle.stat();
    if (stats.isFile()) return handle;
    const kind = stats.isDirectory() ? "a folder" : stats.isFIFO() ? "a pipe" : "a device or socket";
    throw new ArtifactError(
      `${path}: expected a regular file of ${what}, got ${kind}; write its content to a file first`,
    );
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}

async function openAny(path: string, what: string, flags: number): Promise<FileHandle> {
  try {
    return await open(path, flags);
  } catch (cause) {
    throw new ArtifactError(`${path}: expected a readable file of ${what}, got ${String(cause)}`, cause);
  }
}
