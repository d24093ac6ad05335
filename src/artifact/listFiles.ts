import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileExists } from "./fileExists.ts";

/** Paths of a folder's files whose names end so, in order of name; none when there is no folder. */
export async function listFiles(folder: string, ending: string): Promise<string[]> {
  if (!(await fileExists(folder))) return [];
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith(ending))
    .toSorted()
    .map((name) => join(folder, name));
}
