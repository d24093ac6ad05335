import { type FileHandle } from "node:fs/promises";
import { ArtifactError } from "../errors.ts";
import { openRegular } from "./openRegular.ts";
import { utf8Text } from "./utf8Text.ts";

/** The largest tokenizer.json in use takes 33 MB; all other texts are smaller. */
const mostBytes = 1 << 26;

/**
 * Read a UTF-8 text file; a byte order mark is left out.
 *
 * @param limit  bytes at the most
 * @throws ArtifactError  the file is missing, unreadable, no regular file, larger, or not UTF-8
 */
export async function readText(path: string, limit = mostBytes): Promise<string> {
  const handle = await openRegular(path, "text");
  try {
    return utf8Text(await bytesOf(handle, path, limit), path);
  } finally {
    await handle.close();
  }
}

/** What is read is counted: a file under /proc says that it is empty, another grows while it is read. */
async function bytesOf(handle: FileHandle, path: string, limit: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of handle.createReadStream({ autoClose: false, highWaterMark: 1 << 20 })) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > limit)
      throw new ArtifactError(`${path}: expected a text file of at most ${limit >> 20} MiB, got more`);
  }
  return Buffer.concat(chunks, length);
}
