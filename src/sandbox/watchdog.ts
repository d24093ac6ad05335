import type { ChildProcess } from "node:child_process";
import type { Limits } from "./limits.ts";
import { treeUse } from "./processTree.ts";

type StoppedBy = "wall" | "memory" | "output";

/** One watched job. */
export interface Guard {
  /** Ends the job's processes now. */
  stop(why: StoppedBy): void;
  /** The job is over: which limit stopped it, or null when it ended by itself. */
  release(): StoppedBy | null;
}

const periodMs = 25;

/**
 * Enforces from outside what the kernel cannot per job: wall time and the memory of all processes together.
 *
 *     idle = wall - (time spent waiting for a core)  > idleSeconds   -> stop
 *     wall > wallSeconds                                             -> stop
 *     resident memory of the tree > memoryBytes                      -> stop
 */
export class Watchdog {
  readonly #limits: Limits;
  readonly #running = new Set<{ child: ChildProcess; startedMs: number; stop(why: StoppedBy): void }>();
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** `child` must lead its own process group (spawned detached). */
  watch(child: ChildProcess): Guard {
    let stoppedBy: StoppedBy | null = null;
    const stop = (why: StoppedBy) => {
      stoppedBy ??= why;
      killGroup(child);
    };
    const job = { child, startedMs: performance.now(), stop };
    this.#running.add(job);
    this.#timer ??= setInterval(() => this.#look(), periodMs);
    return {
      stop,
      release: () => {
        this.#running.delete(job);
        if (this.#running.size === 0) this.#rest();
        return stoppedBy;
      },
    };
  }

  async close(): Promise<void> {
    const closed = [...this.#running].map(({ child }) => new Promise((resolve) => child.once("close", resolve)));
    for (const job of this.#running) job.stop("wall");
    await Promise.all(closed);
    this.#rest();
  }

  #look(): void {
    for (const job of this.#running) {
      const wallSeconds = (performance.now() - job.startedMs) / 1000;
      if (wallSeconds * 1000 < 2 * periodMs || job.child.pid === undefined) continue;
      const use = treeUse(job.child.pid);
      if (use.memoryBytes > this.#limits.memoryBytes) job.stop("memory");
      else if (wallSeconds > this.#limits.wallSeconds || wallSeconds - use.queuedSeconds > this.#limits.idleSeconds) job.stop("wall");
    }
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
