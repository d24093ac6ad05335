import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError, SandboxError } from "../errors.ts";
import { dropTo } from "./dropPrivileges.ts";
import type { Executor, Job, RunResult } from "./executor.ts";
import type { PythonChoice } from "./findPython.ts";
import { benchmarkLimits, type Limits } from "./limits.ts";
import { PyodideProcess, type PyodideStart } from "./pyodideProcess.ts";
import { Slots } from "./slots.ts";
import { Watchdog } from "./watchdog.ts";

/**
 * WebAssembly takes 2.3 to 3.4 times CPython's CPU time (six programs of loops, dicts, strings and recursion). 7 s are granted
 * for the benchmark's 3 s: what CPython does in 2 s passes. A second run of code that was stopped gets 3 s, so that an endless
 * loop, which is run twice, costs 10 s. A Node process needs some memory of its own.
 */
const cpuSeconds = 7;
const hurriedSeconds = 3;
const nodeMemoryBytes = 2 ** 28;

/** A process that inspects, and how many texts it may still see. */
interface Reader {
  readonly child: PyodideProcess;
  readonly left: number;
}

/**
 * CPython compiled to WebAssembly, in a Node process per program that it runs. The weaker cage, for systems without Linux namespaces.
 *
 * Covered: host files and environment (a file system in memory, Node's permission model, an empty environment), processes
 * (there is no fork), network from Python, memory of the interpreter, CPU and wall time where /proc tells, wall time elsewhere.
 * Not covered: a hole in V8 or in Pyodide's bridge is a way to the network and to whatever Node may read. Correct programs
 * that take more than about 2 s natively run out of time.
 */
export class PyodideExecutor implements Executor {
  readonly name = "pyodide";
  readonly python: string;
  readonly limits: Limits;
  readonly concurrency: number;
  readonly #slots: Slots;
  readonly #watchdog: Watchdog;
  readonly #hurriedWatchdog: Watchdog;
  readonly #warm: PyodideProcess[] = [];
  readonly #readers: Reader[] = [];
  #start: Promise<PyodideStart> | null = null;
  #folder: string | null = null;
  #closed = false;

  /** @throws ConfigError  an interpreter or packages of the system are asked for: it has its own, and no way to read theirs */
  constructor(limits: Limits, concurrency: number, { executable, packages }: PythonChoice) {
    if (executable !== null || packages !== null)
      throw new ConfigError(
        "pyodide: expected neither --python nor --python-packages, got one: this executor has its own Python. Install bubblewrap and python3 to use yours.",
      );
    const lock: { info: { python: string } } = JSON.parse(
      readFileSync(join(pyodideFolder(), "pyodide-lock.json"), "utf8"),
    );
    this.python = lock.info.python;
    this.limits = {
      ...limits,
      cpuSeconds: (cpuSeconds / benchmarkLimits.cpuSeconds) * limits.cpuSeconds,
      idleSeconds: (cpuSeconds / benchmarkLimits.cpuSeconds) * limits.idleSeconds,
      memoryBytes: limits.memoryBytes + nodeMemoryBytes,
    };
    this.concurrency = concurrency;
    this.#slots = new Slots(concurrency);
    this.#watchdog = new Watchdog(this.limits);
    this.#hurriedWatchdog = new Watchdog({ ...this.limits, cpuSeconds: hurriedSeconds, idleSeconds: hurriedSeconds });
  }

  run(job: Job): Promise<RunResult> {
    return this.#slots.run(async () => {
      this.#start ??= this.#snapshot();
      const start = await this.#start;
      const inspected = job.kind === "inspect" ? await this.#inspect(job, start) : null;
      if (inspected !== null) return inspected;
      const child = this.#warm.pop() ?? new PyodideProcess(start);
      if (!this.#closed) this.#warm.push(new PyodideProcess(start));
      try {
        const isHurried = job.kind === "main" && job.hurried === true;
        return await child.run(job, this.limits, isHurried ? this.#hurriedWatchdog : this.#watchdog);
      } finally {
        await child.end();
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      [...this.#warm.splice(0), ...this.#readers.splice(0).map(({ child }) => child)].map((child) => child.end()),
    );
    await Promise.all([this.#watchdog.close(), this.#hurriedWatchdog.close()]);
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
  }

  /**
   * The outcome, or null: ask a fresh process.
   *
   * An inspection runs nothing of what it reads, so others may follow it in the same process. No text may decide another's
   * verdict: what ends in any way but well is asked again, and a reader is dismissed long before it is worn.
   */
  async #inspect(job: Job, start: PyodideStart): Promise<RunResult | null> {
    const reader = this.#readers.pop() ?? { child: new PyodideProcess(start), left: 50 };
    const outcome = await reader.child.run(job, this.limits, this.#watchdog);
    const well = outcome.end.how === "exited" && outcome.end.status === 0;
    if (well && reader.left > 1 && !this.#closed) this.#readers.push({ ...reader, left: reader.left - 1 });
    else await reader.child.end();
    return well || this.#closed ? outcome : null;
  }

  /** Starts an interpreter once and keeps its memory, from which the others start three times as fast. */
  async #snapshot(): Promise<PyodideStart> {
    const packageFolder = pyodideFolder();
    const ownFolder = dirname(fileURLToPath(import.meta.url));
    this.#folder = await mkdtemp(join(tmpdir(), "vhack-pyodide-"));
    await chmod(this.#folder, 0o755);
    const cold: PyodideStart = {
      pyodideFolder: packageFolder,
      ownFolder,
      snapshot: null,
      user: readableBy(packageFolder),
    };
    const snapshot = join(this.#folder, "snapshot.bin");
    await writeFile(snapshot, await new PyodideProcess(cold).snapshot(), { mode: 0o644 });
    return { ...cold, snapshot };
  }
}

function pyodideFolder(): string {
  return dirname(fileURLToPath(import.meta.resolve("pyodide")));
}

/** `nobody` when that user can read the packages, else (a checkout in root's home) our own user. */
function readableBy(folder: string): { uid?: number; gid?: number } {
  const user = dropTo();
  const look = spawnSync(process.execPath, ["-e", "require('fs').readdirSync(process.argv[1])", folder], {
    ...user,
    cwd: "/",
    env: {},
  });
  if (look.error !== undefined)
    throw new SandboxError(`pyodide: expected to start ${process.execPath}, got ${look.error.message}`, look.error);
  return look.status === 0 ? user : {};
}
