import { readProc } from "./readProc.ts";

/** What a process uses, seen from the host. A process that has ended uses nothing. */
export interface ProcessUse {
  /** Resident memory, bytes; pages shared after a fork count once per process. */
  readonly memoryBytes: number;
  /** CPU time of all its threads and of its children that have ended, seconds. */
  readonly cpuSeconds: number;
  /** Time spent waiting for a core, seconds; 0 where the kernel does not tell. */
  readonly queuedSeconds: number;
}

const pageBytes = 4096;
const ticksPerSecond = 100;

/** The process and all its descendants, by process id. */
export function treeUse(root: number): ReadonlyMap<number, ProcessUse> {
  const uses = new Map<number, ProcessUse>();
  const pending = [root];
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    uses.set(pid, processUse(pid));
    pending.push(...childrenOf(pid));
  }
  return uses;
}

export function childrenOf(pid: number): number[] {
  return readProc(pid, `task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

/** @see man 5 proc: statm field 2, stat fields 14 to 17, schedstat field 2 */
function processUse(pid: number): ProcessUse {
  const stat = readProc(pid, "stat");
  const times = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 15);
  return {
    memoryBytes: numberAt(readProc(pid, "statm").split(" "), 1) * pageBytes,
    cpuSeconds: times.reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond,
    queuedSeconds: numberAt(readProc(pid, "schedstat").split(" "), 1) / 1e9,
  };
}

function numberAt(fields: readonly string[], i: number): number {
  return i < fields.length ? Number(fields[i]) : 0;
}
