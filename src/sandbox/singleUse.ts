import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { SandboxError } from "../errors.ts";
import { dropTo } from "./dropPrivileges.ts";
import type { End, Job, RunResult } from "./executor.ts";
import { frames } from "./frames.ts";
import { HeadBuffer } from "./headBuffer.ts";
import type { Limits } from "./limits.ts";
import type { Watchdog } from "./watchdog.ts";

/** The Python program of a process that runs one job: the job on fd 3, frames on fd 4. */
export const singleUseProgram = ["./program.py", "./cageEntry.py"]
  .map((file) => readFileSync(new URL(file, import.meta.url), "utf8"))
  .join("\n");

/** Between the end of the main process and the last bytes in its pipes. */
const graceMs = 250;

/** How to start a process for one job. `fd5` is written to file descriptor 5 (a seccomp filter, or nothing). */
export interface SingleUse {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly fd5: Uint8Array;
  /** a folder to import from, for a process outside any cage (a cage has it in its own arguments) */
  readonly packages: string | null;
}

/**
 * Runs one job in a process of its own.
 *
 * @throws SandboxError  the process cannot start, or ends before its first trusted line
 */
export function runSingleUse(start: SingleUse, job: Job, limits: Limits, watchdog: Watchdog): Promise<RunResult> {
  const observeStdout = job.kind === "main" && job.observe.what === "stdout";
  const child = spawn(start.command, start.args, {
    stdio: ["ignore", observeStdout ? "pipe" : "ignore", "pipe", "pipe", "pipe", "pipe"],
    env: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      PYTHONHASHSEED: "0",
      LANG: "C.UTF-8",
      ...(start.packages === null ? {} : { PYTHONPATH: start.packages }),
    },
    cwd: start.cwd,
    detached: true,
    ...dropTo(),
  });
  const guard = watchdog.watch(child);
  const channel = new HeadBuffer(limits.channelBytes, () => guard.stop("output"));
  const stdout = new HeadBuffer(limits.headBytes);
  const complaint = new HeadBuffer(2_000);
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      guard.release();
      reject(
        new SandboxError(
          `${start.command}: expected to start it, got ${cause.message}. Debian: apt-get install bubblewrap python3.`,
          cause,
        ),
      );
    });
    if (child.pid === undefined) return;
    send(child, 3, JSON.stringify({ ...job, limits }));
    send(child, 5, start.fd5);
    channel.drain(stream(child, 4));
    complaint.drain(stream(child, 2));
    if (observeStdout) stdout.drain(stream(child, 1));
    child.once("exit", () => setTimeout(() => letGoOf(child), graceMs));
    child.once("close", (code, signal) => {
      const stopped = guard.release();
      const sent = channel.bytes();
      if (stopped !== null)
        resolve({ end: { how: "stopped", limit: stopped }, channel: new Uint8Array(), observed: new Uint8Array() });
      else if (frames(sent).blobs.length > 0) resolve({ end: endOf(code, signal), ...readings(job, sent, stdout) });
      else
        reject(
          new SandboxError(
            `${start.command}: expected the job to start, got exit ${code ?? signal}: ${complaint.text().trim()}`,
          ),
        );
    });
  });
}

/** The main process decides, not its pipes: where no cage ends what it started, a leftover may hold them open. */
function letGoOf(child: ChildProcess): void {
  for (const pipe of child.stdio) pipe?.destroy();
}

/** bubblewrap reports a signal as 128 + n, like a shell. A program may exit with such a status too; neither is a success. */
function endOf(code: number | null, signal: NodeJS.Signals | null): End {
  if (code === null) return { how: "signalled", signal: constants.signals[signal!] };
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

/** A process that dies before it has read its job shows in its exit status; the broken pipe says nothing more. */
function ignoreClosedReader(): void {}

function stream(child: ChildProcess, fd: number): Readable {
  return child.stdio[fd] as Readable;
}
