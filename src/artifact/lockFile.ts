import { randomUUID } from "node:crypto";
import { copyFile, constants, link, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { z } from "zod";
import { ArtifactError, LockedError } from "../errors.ts";
import { makeFolder } from "./makeFolder.ts";
import { parseJson } from "./parseJson.ts";
import { fateOf, processOfTag, tagOf, thisProcess } from "./processIdentity.ts";
import { temporaryPath } from "./temporaryFiles.ts";

const schema = z.object({
  id: z.string().regex(/^[\w-]+$/),
  process: z.string(), // tag
  parent: z.number(), // process id
  machine: z.string(),
  part: z.string(),
});

/** Who holds a lock, and for which part of a run. */
export type Holder = z.infer<typeof schema>;

export function newHolder(part: string): Holder {
  return { id: randomUUID(), process: tagOf(thisProcess), parent: process.ppid, machine: hostname(), part };
}

/** Whether the holder has ended; false too where it may run on another machine. */
export function isDead(holder: Holder): boolean {
  const identity = processOfTag(holder.process);
  return identity !== null && fateOf(identity) === "dead";
}

/**
 * Make a lock file; false where it is there already.
 *
 * It is whole from its first moment: written beside its place, then linked to it, which succeeds once.
 *
 * @throws ArtifactError  it cannot be written
 */
export async function makeLock(path: string, holder: Holder): Promise<boolean> {
  const whole = temporaryPath(path);
  try {
    await makeFolder(dirname(path));
    await writeFile(whole, `${JSON.stringify(holder)}\n`);
    await link(whole, path).catch((failure: unknown) => {
      if (codeOf(failure) === "EEXIST") throw failure;
      return copyFile(whole, path, constants.COPYFILE_EXCL); // a file system without links
    });
    return true;
  } catch (failure) {
    if (codeOf(failure) === "EEXIST") return false;
    throw new ArtifactError(`${path}: expected to write a lock, got ${String(failure)}; choose another --out`, failure);
  } finally {
    await rm(whole, { force: true }).catch(() => undefined);
  }
}

/** Null where there is no lock, or none any more. @throws LockedError  the file is no lock */
export async function readLock(path: string): Promise<Holder | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (failure) {
    if (codeOf(failure) === "ENOENT") return null;
    throw new ArtifactError(`${path}: expected a readable lock, got ${String(failure)}`, failure);
  }
  const found = schema.safeParse(parseJson(text, path));
  if (found.success) return found.data;
  throw new LockedError(
    `${path}: expected the lock of a run, got other text; remove the file if no run is in this folder`,
  );
}

/**
 * Remove a lock whose holder has ended.
 *
 * Two processes that see it at once must not remove each other's new lock. Whoever makes the claim, whose name the dead holder
 * decides, looks again and removes; the other one only waits a moment.
 */
export async function removeDeadLock(path: string, dead: Holder, own: Holder): Promise<void> {
  const claim = `${path}.${dead.id}`;
  if (await makeLock(claim, own)) {
    if ((await readLock(path))?.id === dead.id) await rm(path, { force: true });
    await rm(claim, { force: true });
    return;
  }
  const claimant = await readLock(claim);
  if (claimant !== null && isDead(claimant)) await rm(claim, { force: true });
  else await new Promise((resolve) => setTimeout(resolve, 20));
}

function codeOf(failure: unknown): unknown {
  return failure instanceof Error && "code" in failure ? failure.code : undefined;
}
