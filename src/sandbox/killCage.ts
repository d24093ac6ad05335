import type { ChildProcess } from "node:child_process";
import { childrenOf } from "./processTree.ts";

/**
 * Ends a cage: first the processes right under `child` (the cage's process 1, with which all inside die), so that `child` can
 * reap them and leave no zombie; when there are none, `child` and its group.
 */
export function killCage(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const inside = childrenOf(child.pid);
  for (const pid of inside) kill(pid);
  if (inside.length === 0) kill(-child.pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
