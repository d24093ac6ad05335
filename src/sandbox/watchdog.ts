import type { ChildProcess } from "node:child_process";
import { killCage } from "./killCage.ts";
import type { Limits } from "./limits.ts";
import { type ProcessUse, treeUse } from "./processTree.ts";

export type StoppedBy = "cpu" | "wall" | "memory" | "output";

/** One watched job. */
export interface Guard {
  /** Ends the job's processes now. */
  stop(why: StoppedBy): void;
  /** The job is over: which limit stopped it, or null when it ended by itself. */
  release(): StoppedBy | null;
}

interface Watched {
  readonly child: ChildProcess;
  readonly startedMs: number;
  /** The first look: a fork server's own processes are older than the job. */
  before: ReadonlyMap<number, ProcessUse> | null;
  stoppedBy: StoppedBy | null;
}

const periodMs = 25;
/** Lets the kernel's own limit come first when one process does it all. */
const cpuMarginSeconds = 0.5;

/**
 * Enforces from outside what the kernel cannot per job: wall time and the memory of all processes together.
 *
 *     CPU time of all its processes                                    > cpuSeconds + margin -> stop
 *     idle = wall - (longest time that one process waited for a core)  > idleSeconds   -> stop
 *     wall                                                             > wallSeconds   -> stop
 *     resident memory of all its processes                             > memoryBytes   -> stop
 */
export class Watchdog {
  readonly #limits: Limits;
  readonly #running = new Set<Watched>();
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** `child` must lead its own process group (spawned detached). */
  watch(child: ChildProcess): Guard {
    const job: Watched = { child, startedMs: performance.now(), before: null, stoppedBy: null };
    this.#running.add(job);
    this.#timer ??= setInterval(() => this.#look(), periodMs);
    return {
      stop: (why) => stop(job, why),
      release: () => {
        this.#running.delete(job);
        if (this.#running.size === 0) this.#rest();
        return job.stoppedBy;
      },
    };
  }

  /** Ends every watched job and waits until its processes are gone. */
  async close(): Promise<void> {
    const closed = [...this.#running].map(({ child }) => new Promise((resolve) => child.once("close", resolve)));
    for (const job of this.#running) stop(job, "wall");
    await Promise.all(closed);
    this.#rest();
  }

  #look(): void {
    for (const job of this.#running) {
      const wallSeconds = (performance.now() - job.startedMs) / 1000;
      if (1000 * wallSeconds < 2 * periodMs || job.child.pid === undefined) continue;
      const now = treeUse(job.child.pid);
      job.before ??= now;
      const use = jobUse(now, job.before);
      if (use.memoryBytes > this.#limits.memoryBytes) stop(job, "memory");
      else if (use.cpuSeconds > this.#limits.cpuSeconds + cpuMarginSeconds) stop(job, "cpu");
      else if (wallSeconds > this.#limits.wallSeconds || wallSeconds - use.queuedSeconds > this.#limits.idleSeconds)
        stop(job, "wall");
    }
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

function stop(job: Watched, why: StoppedBy): void {
  job.stoppedBy ??= why;
  killCage(job.child);
}

/** Memory and CPU time summed over the tree, waiting time of its longest waiter, the last two since `before`. */
function jobUse(now: ReadonlyMap<number, ProcessUse>, before: ReadonlyMap<number, ProcessUse>): ProcessUse {
  let [memoryBytes, cpuSeconds, queuedSeconds] = [0, 0, 0];
  for (const [pid, use] of now) {
    const was = before.get(pid);
    memoryBytes += use.memoryBytes;
    cpuSeconds += use.cpuSeconds - (was?.cpuSeconds ?? 0);
    queuedSeconds = Math.max(queuedSeconds, use.queuedSeconds - (was?.queuedSeconds ?? 0));
  }
  return { memoryBytes, cpuSeconds, queuedSeconds };
}
