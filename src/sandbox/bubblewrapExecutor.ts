import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { SandboxError } from "../errors.ts";
import { cageArguments } from "./cageArguments.ts";
import { dropTo } from "./dropPrivileges.ts";
import type { End, Executor, Job, Outcome } from "./executor.ts";
import { findPython } from "./findPython.ts";
import { frames } from "./frames.ts";
import { HeadBuffer } from "./headBuffer.ts";
import type { Limits } from "./limits.ts";
import { seccompFilter } from "./seccompFilter.ts";
import { Slots } from "./slots.ts";
import { Watchdog } from "./watchdog.ts";

const entry = ["./program.py", "./cageEntry.py"].map((file) => readFileSync(new URL(file, import.meta.url), "utf8")).join("\n");

/**
 * One bubblewrap cage per program.
 *
 * Covered: host files, environment, network, host processes, leftovers, memory, CPU, processes, files, output.
 * Not covered: kernel bugs reachable through the allowed system calls; timing and cache side channels.
 */
export class BubblewrapExecutor implements Executor {
  readonly name = "bubblewrap";
  readonly limits: Limits;
  readonly concurrency: number;
  readonly #slots: Slots;
  readonly #watchdog: Watchdog;
  readonly #command: readonly string[];
  readonly #filter = seccompFilter();

  constructor(limits: Limits, concurrency: number) {
    const python = findPython();
    this.limits = limits;
    this.concurrency = concurrency;
    this.#slots = new Slots(concurrency);
    this.#watchdog = new Watchdog(limits);
    this.#command = [...cageArguments(python, limits), "--disable-userns", "--seccomp", "5", "--", python.executable, "-s", "-B", "-c", entry];
  }

  run(job: Job): Promise<Outcome> {
    return this.#slots.run(() => this.#runNow(job));
  }

  async close(): Promise<void> {
    await this.#watchdog.close();
  }

  #runNow(job: Job): Promise<Outcome> {
    const observeStdout = job.kind === "main" && job.observe.what === "stdout";
    const child = spawn("bwrap", this.#command, {
      stdio: ["ignore", observeStdout ? "pipe" : "ignore", "pipe", "pipe", "pipe", "pipe"],
      env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
      detached: true,
      ...dropTo(),
    });
    send(child, 3, JSON.stringify({ ...job, limits: this.limits }));
    send(child, 5, this.#filter);
    const guard = this.#watchdog.watch(child);
    const channel = new HeadBuffer(this.limits.channelBytes, () => guard.stop("output"));
    const stdout = new HeadBuffer(this.limits.headBytes);
    const complaint = new HeadBuffer(2_000);
    channel.drain(stream(child, 4));
    complaint.drain(stream(child, 2));
    if (observeStdout) stdout.drain(stream(child, 1));

    return new Promise((resolve, reject) => {
      child.once("error", (cause) => {
        guard.release();
        reject(new SandboxError("bubblewrap: expected the command bwrap, could not start it. Debian: apt-get install bubblewrap.", cause));
      });
      child.once("close", (code, signal) => {
        const stopped = guard.release();
        const sent = channel.bytes();
        if (stopped === null && frames(sent).blobs.length === 0) {
          reject(new SandboxError(`bubblewrap: expected the cage to come up, got exit status ${code ?? signal}: ${complaint.text().trim()}`));
          return;
        }
        if (stopped === null) resolve({ end: endOf(code!), ...readings(job, sent, stdout) });
        else resolve({ end: { how: "stopped", limit: stopped }, channel: new Uint8Array(), observed: stdout.bytes() });
      });
    });
  }
}

/** bubblewrap reports a signal as 128 + n, like a shell. A program may exit with such a status too; neither is a success. */
function endOf(code: number): End {
  return code > 128 ? { how: "signalled", signal: code - 128 } : { how: "exited", status: code };
}

/** The first frame only says that the cage came up; for an observed file the second one holds its head, as marshal bytes. */
function readings(job: Job, sent: Uint8Array, stdout: HeadBuffer): { channel: Uint8Array; observed: Uint8Array } {
  const { blobs } = frames(sent);
  if (job.kind !== "main") return { channel: sent.subarray(4 + blobs[0]!.length), observed: new Uint8Array() };
  if (job.observe.what !== "file") return { channel: new Uint8Array(), observed: stdout.bytes() };
  return { channel: new Uint8Array(), observed: blobs[1]?.subarray(5) ?? new Uint8Array() };
}

function send(child: ChildProcess, fd: number, bytes: string | Uint8Array): void {
  const pipe = child.stdio[fd] as Writable;
  pipe.on("error", ignoreClosedReader);
  pipe.end(bytes);
}

/** A cage that dies before it has read its job shows in its exit status; the broken pipe says nothing more. */
function ignoreClosedReader(): void {}

function stream(child: ChildProcess, fd: number): Readable {
  return child.stdio[fd] as Readable;
}
