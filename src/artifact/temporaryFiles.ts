import { randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fateOf, processOfTag, tagOf, thisProcess } from "./processIdentity.ts";

const named = /^\..*\.([0-9a-f]{8}-\d+-(?:[0-9a-f]{8}|))\.[0-9a-f]{8}\.tmp$/;

/** Where a file is written before it takes its name: hidden, in the same folder, with this process in its name. */
export function temporaryPath(path: string): string {
  const random = randomUUID().slice(0, 8);
  return join(dirname(path), `.${basename(path)}.${tagOf(thisProcess)}.${random}.tmp`);
}

/** Remove what killed processes left half written in a folder. Files of a process that runs, or that may run elsewhere, stay. */
export async function sweepTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const owner = processOfTag(named.exec(name)?.[1] ?? "");
    if (owner !== null && fateOf(owner) === "dead") await rm(join(folder, name), { force: true });
  }
}

const swept = new Set<string>();

/** The same, the first time that this process asks: nobody dies twice, and folders can be long. */
export async function sweepOnce(folder: string): Promise<void> {
  const path = resolve(folder);
  if (swept.has(path)) return;
  swept.add(path);
  await sweepTemporaries(path);
}
