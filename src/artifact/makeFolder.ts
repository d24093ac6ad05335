import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Make a folder and those on the way to it; one that is there is left as it is.
 *
 * One level at a time: Node's recursive mkdir never returns where the file system answers ENOENT to a new name (/proc).
 *
 * @throws the system's error  a folder cannot be made, or a file has its name
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (failure) {
    const code = failure instanceof Error && "code" in failure ? failure.code : undefined;
    if (code === "EEXIST" && (await stat(folder)).isDirectory()) return;
    if (code !== "ENOENT" || dirname(folder) === folder) throw failure;
    await makeFolder(dirname(folder));
    await mkdir(folder).catch(expectMadeByAnother);
  }
}

/** Two writers may make the same folder at once. */
function expectMadeByAnother(failure: unknown): void {
  if (!(failure instanceof Error && "code" in failure && failure.code === "EEXIST")) throw failure;
}
