import { writeFileAtomic } from "./atomicFile.ts";
import { fileExists } from "./fileExists.ts";
import { parseJson } from "./parseJson.ts";
import { readText } from "./textFile.ts";

/**
 * Read a JSON file.
 *
 * @throws ArtifactError  as `readText` and `parseJson`
 */
export async function readJson(path: string): Promise<unknown> {
  return parseJson(await readText(path), path);
}

/** Read a JSON file, or null when there is none: for files that a folder may or may not hold. */
export async function readJsonIfPresent(path: string): Promise<unknown> {
  return (await fileExists(path)) ? readJson(path) : null;
}

/** Write a value as indented JSON, whole or not at all; the same value gives the same bytes. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
}
