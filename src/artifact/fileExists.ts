import { stat } from "node:fs/promises";
import { ArtifactError } from "../errors.ts";

/**
 * Whether a file or folder of this name is there.
 *
 * @throws ArtifactError  the question has no answer (no permission, a loop of links): that is not "absent"
 */
export async function fileExists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw new ArtifactError(`${path}: expected to see whether this exists, got ${String(cause)}`, cause);
  }
}
