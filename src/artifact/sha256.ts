import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ArtifactError } from "../errors.ts";
import { openRegular } from "./openRegular.ts";

/** SHA-256 of bytes in memory, lower-case hex. */
export function sha256OfBytes(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * SHA-256 of a file, lower-case hex, read as a stream.
 *
 * @throws ArtifactError  the file is missing or unreadable
 */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  const handle = await openRegular(path, "bytes to hash");
  try {
    const chunks = handle.createReadStream({ autoClose: false, highWaterMark: 1 << 20 });
    for await (const chunk of chunks) hash.update(chunk as Buffer);
  } catch (cause) {
    throw new ArtifactError(`${path}: expected a readable file to hash, got ${String(cause)}`, cause);
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}

/**
 * The identity of a model or adapter directory: SHA-256 over the names and contents of the files that decide what it computes.
 *
 * Those are config.json, generation_config.json, adapter_config.json, `*.safetensors` and their index, in name order.
 * Tokenizer files are not among them (they have a hash of their own). The same weights sharded otherwise hash otherwise.
 *
 * @throws ArtifactError  the directory is missing or holds no such file
 */
export async function modelHash(dir: string): Promise<string> {
  const names = (await fileNames(dir)).filter((name) => decidesTheModel(name)).toSorted();
  if (!names.some((name) => name.endsWith(".safetensors")))
    throw new ArtifactError(
      `${dir}: expected a model or adapter directory with *.safetensors, got ${names.length} model files; name another directory`,
    );
  const hash = createHash("sha256");
  for (const name of names) hash.update(`${name}\0${await sha256OfFile(join(dir, name))}\n`);
  return hash.digest("hex");
}

function decidesTheModel(name: string): boolean {
  return (
    /^(config|generation_config|adapter_config)\.json$|\.safetensors(\.index\.json)?$/.test(name) &&
    !name.startsWith(".")
  );
}

async function fileNames(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (cause) {
    throw new ArtifactError(`${dir}: expected a directory, got ${String(cause)}`, cause);
  }
}
