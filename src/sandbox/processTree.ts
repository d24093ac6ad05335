import { readFileSync } from "node:fs";

/** What a process and all its descendants use now, seen from the host. */
export interface TreeUse {
  /** Sum of resident memory, bytes; pages shared after a fork count once per process. */
  readonly memoryBytes: number;
  /** Longest time that one of them has spent waiting for a core, seconds; 0 where the kernel does not tell. */
  readonly queuedSeconds: number;
}

const pageBytes = 4096;

/** Reads /proc; a process that ends while we look counts as gone. */
export function treeUse(root: number): TreeUse {
  let memoryBytes = 0;
  let queuedSeconds = 0;
  const pending = [root];
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    memoryBytes += Number(readProc(pid, "statm").split(" ")[1] ?? 0) * pageBytes;
    queuedSeconds = Math.max(queuedSeconds, Number(readProc(pid, "schedstat").split(" ")[1] ?? 0) / 1e9);
    pending.push(...childrenOf(pid));
  }
  return { memoryBytes, queuedSeconds };
}

function childrenOf(pid: number): number[] {
  return readProc(pid, `task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
