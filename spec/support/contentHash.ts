import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** SHA-256 over the names and bytes of every file under some folders of the repository, in hex. */
export async function contentHash(root: string, folders: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const folder of folders)
    for (const path of await filesUnder(join(root, folder))) {
      hash.update(`${path.slice(root.length)}\n`);
      hash.update(await readFile(path));
    }
  return hash.digest("hex");
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
