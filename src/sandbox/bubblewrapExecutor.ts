import { cageArguments } from "./cageArguments.ts";
import type { Executor, Job, RunResult } from "./executor.ts";
import { findPython, type PythonChoice } from "./findPython.ts";
import type { Limits } from "./limits.ts";
import { seccompFilter } from "./seccompFilter.ts";
import { runSingleUse, type SingleUse, singleUseProgram } from "./singleUse.ts";
import { Slots } from "./slots.ts";
import { Watchdog } from "./watchdog.ts";

/**
 * One bubblewrap cage per program.
 *
 * Covered: host files, environment, network, host processes, leftovers, memory, CPU, processes, files, output.
 * Not covered: kernel bugs reachable through the allowed system calls; timing and cache side channels.
 */
export class BubblewrapExecutor implements Executor {
  readonly name = "bubblewrap";
  readonly python: string;
  readonly limits: Limits;
  readonly concurrency: number;
  readonly #slots: Slots;
  readonly #watchdog: Watchdog;
  readonly #start: SingleUse;

  /** @throws SandboxError  no usable Python, or no filter for this processor */
  constructor(limits: Limits, concurrency: number, { executable, packages }: PythonChoice) {
    const python = findPython(executable);
    this.python = python.version;
    this.limits = limits;
    this.concurrency = concurrency;
    this.#slots = new Slots(concurrency);
    this.#watchdog = new Watchdog(limits);
    const cage = [...cageArguments(python, packages, limits), "--as-pid-1", "--disable-userns", "--seccomp", "5"];
    this.#start = {
      command: "bwrap",
      args: [...cage, "--", python.executable, "-s", "-B", "-c", singleUseProgram],
      cwd: "/",
      fd5: seccompFilter(),
      packages: null,
    };
  }

  run(job: Job): Promise<RunResult> {
    return this.#slots.run(() => runSingleUse(this.#start, job, this.limits, this.#watchdog));
  }

  async close(): Promise<void> {
    await this.#watchdog.close();
  }
}
