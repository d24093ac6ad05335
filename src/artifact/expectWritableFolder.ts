import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ArtifactError } from "../errors.ts";
import { makeFolder } from "./makeFolder.ts";
import { temporaryPath } from "./temporaryFiles.ts";

/**
 * Make a folder and write a file in it, so that a run that could not keep its results ends before it begins.
 *
 * @throws ArtifactError  the folder cannot be made or written to
 */
export async function expectWritableFolder(folder: string): Promise<void> {
  const probe = temporaryPath(join(folder, "writable"));
  try {
    await makeFolder(folder);
    await writeFile(probe, "");
    await rm(probe);
  } catch (cause) {
    throw new ArtifactError(`${folder}: expected a folder to write to, got ${String(cause)}; choose another`, cause);
  }
}
