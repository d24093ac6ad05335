import { spawnSync } from "node:child_process";
import { SandboxError } from "../../src/errors.ts";
import { findPython } from "../../src/sandbox/findPython.ts";

/** Why no program can run on CPython here, or null. */
export const pythonless: string | null = whyNoPython();

/** Why the Linux cages cannot be built here, or null. Asked of bubblewrap itself: a cage of ours that fails where it works has failed. */
export const cageless: string | null = pythonless ?? whyNoBubblewrap();

if (cageless !== null) console.error(`no Linux cage on this machine, what needs one is not run: ${cageless}`);

function whyNoPython(): string | null {
  try {
    findPython();
    return null;
  } catch (error) {
    if (error instanceof SandboxError) return error.message;
    throw error;
  }
}

function whyNoBubblewrap(): string | null {
  const { error, status, stderr } = spawnSync("bwrap", ["--unshare-all", "--ro-bind", "/", "/", "true"], { encoding: "utf8" });
  if (error !== undefined) return error.message;
  return status === 0 ? null : stderr.trim();
}
