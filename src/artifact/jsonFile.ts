import { readFile } from "node:fs/promises";
import { ArtifactError } from "../errors.ts";
import { writeFileAtomic } from "./atomicFile.ts";
import { fileExists } from "./fileExists.ts";

/**
 * Read a JSON file.
 *
 * @throws ArtifactError  the file is missing or is not JSON
 */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ArtifactError(
      `${path}: expected JSON, got ${text.length} characters that do not parse (${String(cause)}); make or fetch the file again`,
      cause,
    );
  }
}

/** Read a JSON file, or null when there is none: for files that a folder may or may not hold. */
export async function readJsonIfPresent(path: string): Promise<unknown> {
  return (await fileExists(path)) ? readJson(path) : null;
}

/** Write a value as indented JSON, whole or not at all; the same value gives the same bytes. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
}

/**
 * Read a UTF-8 text file.
 *
 * @throws ArtifactError  the file is missing or unreadable
 */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new ArtifactError(`${path}: expected a readable file, got ${String(cause)}`, cause);
  }
}
