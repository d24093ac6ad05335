import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { SandboxError } from "../errors.ts";
import { ByteQueue } from "./byteQueue.ts";
import type { Job, RunResult } from "./executor.ts";
import { HeadBuffer } from "./headBuffer.ts";
import { killCage } from "./killCage.ts";
import type { Limits } from "./limits.ts";
import type { StoppedBy, Watchdog } from "./watchdog.ts";

/** What a Pyodide process is started from. */
export interface PyodideStart {
  readonly pyodideFolder: string;
  /** Holds pyodideChild.js and program.py. */
  readonly ownFolder: string;
  /** File with the memory of a started interpreter, or null to start from nothing. */
  readonly snapshot: string | null;
  readonly user: { uid?: number; gid?: number };
}

/** The kernel's limit on CPU seconds, start included: it also ends a program whose grader was killed. */
const underCpuLimit = 'ulimit -t 15; exec "$0" "$@"';

/** One warm Pyodide process: for inspections only, or for one job of another kind (pyodideChild.js has the protocol). */
export class PyodideProcess {
  readonly #child: ChildProcess;
  readonly #replies = new ByteQueue();
  readonly #complaint = new HeadBuffer(2_000);
  readonly #ended: Promise<void>;

  constructor(start: PyodideStart) {
    const readable = [start.pyodideFolder, start.ownFolder, ...(start.snapshot === null ? [] : [start.snapshot])];
    const flags = [
      "--disallow-code-generation-from-strings",
      process.allowedNodeEnvironmentFlags.has("--permission") ? "--permission" : "--experimental-permission",
      ...readable.map((path) => `--allow-fs-read=${path}`),
      "--no-warnings",
      "--liftoff-only", // optimising the interpreter costs a short program more than it ever gets back
    ];
    const entry = join(start.ownFolder, "pyodideChild.js");
    const args = [entry, start.pyodideFolder, join(start.ownFolder, "program.py"), start.snapshot ?? "make"];
    this.#child = spawn("/bin/sh", ["-c", underCpuLimit, process.execPath, ...flags, ...args], {
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
      env: {},
      cwd: "/",
      detached: true,
      ...start.user,
    });
    this.#ended = new Promise((resolve) => this.#child.once("close", () => resolve()));
    this.#child.once("error", (error) => this.#replies.end(error));
    void this.#ended.then(() =>
      this.#replies.end(new Error(`the process ended with ${this.#child.exitCode ?? this.#child.signalCode}`)),
    );
    this.#replies.drain(this.#child.stdio[4] as Readable);
    this.#complaint.drain(this.#child.stderr as Readable);
    (this.#child.stdio[3] as Writable).on("error", (error) => this.#replies.end(error));
  }

  /** Everything that a process started with "make" has to say. */
  async snapshot(): Promise<Buffer> {
    await this.#ended;
    if (this.#child.exitCode !== 0) throw this.#broken("to start Pyodide");
    return this.#replies.rest();
  }

  /** @throws SandboxError  the process does not come up */
  async run(job: Job, limits: Limits, watchdog: Watchdog): Promise<RunResult> {
    try {
      await this.#replies.take(1);
    } catch (cause) {
      throw this.#broken("a warm interpreter", cause);
    }
    const guard = watchdog.watch(this.#child);
    const channel = new HeadBuffer(limits.channelBytes, () => guard.stop("output"));
    (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ ...job, limits })}\n`);
    try {
      for (;;) {
        const letter = (await this.#replies.take(1)).toString("latin1");
        if (letter !== "F") return stoppedOr(guard.release(), await this.#outcome(channel.bytes()));
        channel.push(await this.#replies.take(await this.#uint32()));
      }
    } catch (cause) {
      if (!this.#replies.ended) throw cause;
      await this.#ended;
      return stoppedOr(guard.release(), this.#silentEnd(channel.bytes()));
    } finally {
      guard.release();
    }
  }

  end(): Promise<void> {
    killCage(this.#child);
    return this.#ended;
  }

  async #outcome(channel: Uint8Array): Promise<RunResult> {
    const how = (await this.#replies.take(1)).readUInt8();
    const value = await this.#uint32();
    const observed = await this.#replies.take(await this.#uint32());
    return {
      end: how === 0 ? { how: "exited", status: value } : { how: "signalled", signal: value },
      channel,
      observed,
    };
  }

  /** The process ended without a last word: stopped, crashed, or left by os._exit, whose status Node passes on. */
  #silentEnd(channel: Uint8Array): RunResult {
    const status = this.#child.exitCode;
    return {
      end: status === null ? { how: "signalled", signal: 9 } : { how: "exited", status },
      channel,
      observed: new Uint8Array(),
    };
  }

  async #uint32(): Promise<number> {
    return (await this.#replies.take(4)).readUInt32BE();
  }

  #broken(wanted: string, cause?: unknown): SandboxError {
    return new SandboxError(
      `pyodide: expected ${wanted}, got ${this.#complaint.text().trim() || String(cause)}. Node 20.19 or newer is needed.`,
      cause,
    );
  }
}

/** What a stopped job said does not count, as in the Linux cages. */
function stoppedOr(limit: StoppedBy | null, outcome: RunResult): RunResult {
  return limit === null
    ? outcome
    : { end: { how: "stopped", limit }, channel: new Uint8Array(), observed: new Uint8Array() };
}
