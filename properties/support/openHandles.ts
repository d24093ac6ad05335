import { readdir, readlink, realpath } from "node:fs/promises";

/** How many handles this process holds on a file, as Linux tells. */
export async function openHandles(path: string): Promise<number> {
  const target = await realpath(path);
  const links = await Promise.all(
    (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "closed since")),
  );
  return links.filter((link) => link === target).length;
}
