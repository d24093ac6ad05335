import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Executor, Job, RunResult } from "./executor.ts";
import { findPython, type PythonChoice } from "./findPython.ts";
import type { Limits } from "./limits.ts";
import { runSingleUse, singleUseProgram } from "./singleUse.ts";
import { Slots } from "./slots.ts";
import { Watchdog } from "./watchdog.ts";

/**
 * A plain subprocess with resource limits, in an empty folder. NOT A CAGE.
 *
 * Covered: CPU time, memory of one process, file size, cleared environment; when we are root, another user.
 * Not covered: it reads and writes the host's files, talks to the network, sees and signals this user's processes, and may
 * leave daemons behind.
 */
export class UnsafeExecutor implements Executor {
  readonly name = "unsafe";
  readonly python: string;
  readonly limits: Limits;
  readonly concurrency: number;
  readonly #slots: Slots;
  readonly #watchdog: Watchdog;
  readonly #executable: string;
  readonly #packages: string | null;

  constructor(limits: Limits, concurrency: number, { executable, packages }: PythonChoice) {
    const python = findPython(executable);
    this.python = python.version;
    this.#executable = python.executable;
    this.#packages = packages;
    // The kernel counts all processes of the user here, not those of the job.
    this.limits = { ...limits, processes: 4096 };
    this.concurrency = concurrency;
    this.#slots = new Slots(concurrency);
    this.#watchdog = new Watchdog(this.limits);
  }

  run(job: Job): Promise<RunResult> {
    return this.#slots.run(async () => {
      const cwd = await mkdtemp(join(tmpdir(), "vhack-unsafe-"));
      try {
        await chmod(cwd, 0o777);
        const args = ["-s", "-B", "-c", singleUseProgram];
        return await runSingleUse(
          { command: this.#executable, args, cwd, fd5: new Uint8Array(), packages: this.#packages },
          job,
          this.limits,
          this.#watchdog,
        );
      } finally {
        await rm(cwd, { recursive: true, force: true });
      }
    });
  }

  async close(): Promise<void> {
    await this.#watchdog.close();
  }
}
