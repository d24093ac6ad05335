import { ProbeError } from "../../errors.ts";
import { fileExists } from "../../artifact/fileExists.ts";
import type { Reading } from "./evidence.ts";

/**
 * Read an artifact, and turn its absence or its being broken into evidence.
 *
 * @param command  what makes it
 * @throws whatever `read` throws that this program did not foresee
 */
export async function readingOf<Value>(
  path: string,
  command: string,
  read: (path: string) => Promise<Value>,
): Promise<Reading<Value>> {
  if (!(await fileExists(path))) return { kind: "missing", path, command };
  try {
    return { kind: "found", path, value: await read(path) };
  } catch (cause) {
    if (!(cause instanceof ProbeError)) throw cause;
    return { kind: "unusable", path, why: cause.message, command };
  }
}
