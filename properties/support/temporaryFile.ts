import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Lend a path in a fresh folder, which is removed afterwards whatever happens. */
export async function withTemporaryFile<T>(name: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "vhack-"));
  try {
    return await use(join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}
