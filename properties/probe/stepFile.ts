import { dirname } from "node:path";
import { writeFile } from "node:fs/promises";
import { stepPaths } from "../../src/artifact/runLayout.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

/** Bits, so that -0 is not 0 and a NaN is itself. */
export const bits = (values: Float32Array): number[] => [...new Uint32Array(Float32Array.from(values).buffer)];

/** Lend a folder in which one step has this file. */
export async function withStepFile<T>(
  step: number,
  name: string,
  bytes: Uint8Array,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  return withTemporaryFile("x", async (path) => {
    await writeFile(stepPaths(dirname(path), step).extra(name), bytes);
    return use(dirname(path));
  });
}
