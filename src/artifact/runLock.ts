import { rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ArtifactError, LockedError } from "../errors.ts";
import { expectWritableFolder } from "./expectWritableFolder.ts";
import { isDead, makeLock, newHolder, readLock, removeDeadLock, type Holder } from "./lockFile.ts";
import { processOfTag, thisProcess } from "./processIdentity.ts";
import { runFolders } from "./runLayout.ts";
import { sweepTemporaries } from "./temporaryFiles.ts";

/** What a command makes in a run's folder, and which other parts may be made at the same time. */
export interface RunPart {
  readonly name: string;
  readonly mayRunBeside: (other: string) => boolean;
}

/** Nothing else may write into the folder. */
export function alone(name: string): RunPart {
  return { name, mayRunBeside: () => false };
}

/**
 * Hold a run's folder while `work` runs: a second run in the same folder is refused. What killed runs left half written in it
 * is removed first.
 *
 *     OUT/.vhack.PART.lock
 *
 * The lock of a process that has ended is taken over, never a living one's, nor one of another machine, whose processes cannot
 * be seen from here. Commands that a run starts in its own folder (phase2, sweep) are let in. A run makes its own lock first
 * and then looks for others: of two that start at once, at most one goes on.
 *
 * @throws LockedError    another run holds the folder
 * @throws ArtifactError  the folder cannot be written to
 */
export async function withRunLock<T>(out: string, part: RunPart, work: () => Promise<T>): Promise<T> {
  const path = join(out, `.vhack.${part.name.replaceAll(/[^\w-]+/g, "_")}.lock`);
  const own = newHolder(part.name);
  await expectWritableFolder(out);
  await takeLock(path, own, out);
  const release = () => rmSync(path, { force: true });
  process.once("exit", release); // an interrupt does not come back to here
  try {
    await expectNoOther(out, part, own);
    for (const folder of await runFolders(out)) await sweepTemporaries(folder);
    return await work();
  } finally {
    process.removeListener("exit", release);
    release();
  }
}

async function takeLock(path: string, own: Holder, out: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await makeLock(path, own)) return;
    const holder = await readLock(path);
    if (holder === null) continue; // released in between
    if (!isDead(holder)) throw lockedBy(holder, path, out);
    await removeDeadLock(path, holder, own);
  }
  throw new ArtifactError(`${path}: expected to take over the lock of a process that has ended, failed 200 times`);
}

async function expectNoOther(out: string, part: RunPart, own: Holder): Promise<void> {
  const others: { path: string; holder: Holder }[] = [];
  for (const name of await readdir(out)) {
    if (!/^\.vhack\..+\.lock$/.test(name)) continue;
    const path = join(out, name);
    const holder = await readLock(path);
    if (holder === null || holder.id === own.id) continue;
    if (isDead(holder)) await removeDeadLock(path, holder, own);
    else others.push({ path, holder });
  }
  const parent = others.find(({ holder }) => pidHere(holder) === own.parent)?.holder;
  const isKin = (holder: Holder) => parent !== undefined && (holder === parent || holder.parent === own.parent);
  const stranger = others.find(({ holder }) => !isKin(holder) && !part.mayRunBeside(holder.part));
  if (stranger !== undefined) throw lockedBy(stranger.holder, stranger.path, out);
}

/** Null for a process of another machine. */
function pidHere(holder: Holder): number | null {
  const identity = processOfTag(holder.process);
  return identity?.host === thisProcess.host ? identity.pid : null;
}

function lockedBy(holder: Holder, path: string, out: string): LockedError {
  const pid = processOfTag(holder.process)?.pid;
  const advice =
    pidHere(holder) === null ? `wait for it, or remove ${path} if you know that it has ended` : "wait for it";
  return new LockedError(
    `${out}: expected no other run in this folder, got "${holder.part}" (process ${pid} on ${holder.machine}); ${advice}, or choose another --out`,
  );
}
