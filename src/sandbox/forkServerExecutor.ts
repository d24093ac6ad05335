import { SandboxError } from "../errors.ts";
import { cageArguments } from "./cageArguments.ts";
import type { Executor, Job, RunResult } from "./executor.ts";
import { findPython, type PythonChoice } from "./findPython.ts";
import { ForkServer } from "./forkServer.ts";
import type { Limits } from "./limits.ts";
import { seccompFilter } from "./seccompFilter.ts";
import { Slots } from "./slots.ts";
import { Watchdog } from "./watchdog.ts";

/**
 * Fork servers in bubblewrap cages, one per slot: the interpreter starts once, each job gets fresh namespaces.
 *
 * Covered and not covered: as BubblewrapExecutor. The server keeps CAP_SYS_ADMIN in its own user namespace to make the jobs'
 * namespaces; a job gives up every capability before its first untrusted line.
 */
export class ForkServerExecutor implements Executor {
  readonly name = "forkServer";
  readonly python: string;
  readonly limits: Limits;
  readonly concurrency: number;
  readonly #slots: Slots;
  readonly #watchdog: Watchdog;
  readonly #command: readonly string[];
  readonly #filter = seccompFilter();
  #idle: ForkServer[] = [];
  readonly #all = new Set<ForkServer>();
  #closed = false;

  constructor(limits: Limits, concurrency: number, { executable, packages }: PythonChoice) {
    const python = findPython(executable);
    this.python = python.version;
    this.limits = limits;
    this.concurrency = concurrency;
    this.#slots = new Slots(concurrency);
    this.#watchdog = new Watchdog(limits);
    this.#command = [
      ...cageArguments(python, packages, limits),
      "--cap-add",
      "CAP_SYS_ADMIN",
      "--",
      python.executable,
      "-s",
      "-B",
      "-c",
    ];
  }

  run(job: Job): Promise<RunResult> {
    return this.#slots.run(async () => {
      const idle = this.#idle.pop();
      if (idle === undefined) return this.#runOn(await this.#start(), job);
      try {
        return await this.#runOn(idle, job);
      } catch (error) {
        // A server that died while it was idle has not touched the job; a fresh one that fails is our failure.
        if (error instanceof SandboxError) return this.#runOn(await this.#start(), job);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#idle = [];
    await Promise.all([...this.#all].map((server) => server.close()));
    this.#all.clear();
  }

  async #runOn(server: ForkServer, job: Job): Promise<RunResult> {
    try {
      return await server.run(job, this.limits, this.#watchdog);
    } finally {
      if (server.alive) this.#idle.push(server);
      else this.#all.delete(server);
    }
  }

  async #start(): Promise<ForkServer> {
    if (this.#closed) throw new SandboxError("forkServer: expected no more jobs after close, got one");
    const server = new ForkServer(this.#command, this.#filter);
    this.#all.add(server);
    await server.start();
    return server;
  }
}
