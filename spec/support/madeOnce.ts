import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileExists } from "../../src/artifact/fileExists.ts";

/**
 * Let one of several test processes make what all of them need; the others wait for it.
 *
 * @param finished  the file that exists when it is made; `make` writes it last
 */
export async function madeOnce(finished: string, make: () => Promise<void>): Promise<void> {
  const lock = `${finished}.lock`;
  await mkdir(dirname(lock), { recursive: true });
  while (!(await fileExists(finished))) {
    if (await taken(lock)) {
      try {
        if (!(await fileExists(finished))) await make();
      } finally {
        await rm(lock);
      }
    } else if (!(await holderLives(lock))) await rm(lock, { force: true });
    else await sleep(200);
  }
}

/** The lock appears with its holder's number in it, or not at all. */
async function taken(lock: string): Promise<boolean> {
  const mine = `${lock}.${process.pid}`;
  await writeFile(mine, String(process.pid));
  try {
    await link(mine, lock);
    return true;
  } catch (cause) {
    if (hasCode(cause, "EEXIST")) return false;
    throw cause;
  } finally {
    await rm(mine);
  }
}

/** Whether the process that took the lock is still there; one that was killed left the lock behind. */
async function holderLives(lock: string): Promise<boolean> {
  try {
    process.kill(Number(await readFile(lock, "utf8")), 0);
    return true;
  } catch (cause) {
    return !hasCode(cause, "ESRCH"); // ENOENT: given back by now; EPERM: somebody else's, and alive
  }
}

function hasCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}
