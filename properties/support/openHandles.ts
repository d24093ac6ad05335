import { open, readdir, readlink, realpath } from "node:fs/promises";
import { onTestFinished } from "vitest";

/** How many handles this process holds on a file, as Linux tells. */
export async function openHandles(path: string): Promise<number> {
  const target = await realpath(path);
  const links = await Promise.all(
    (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "closed since")),
  );
  return links.filter((link) => link === target).length;
}

/** A reader with a fault: it keeps a second handle on its file until the test ends. */
export function leaking<T>(read: (path: string) => Promise<T>): (path: string) => Promise<T> {
  return async (path) => {
    const kept = await open(path);
    onTestFinished(() => kept.close());
    return read(path);
  };
}
