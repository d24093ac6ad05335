import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { SandboxError, quoted } from "../errors.ts";
import { ByteQueue } from "./byteQueue.ts";
import { dropTo } from "./dropPrivileges.ts";
import type { End, Job, RunResult } from "./executor.ts";
import { HeadBuffer } from "./headBuffer.ts";
import { killCage } from "./killCage.ts";
import type { Limits } from "./limits.ts";
import type { Watchdog } from "./watchdog.ts";

const program = ["./program.py", "./forkServer.py"]
  .map((file) => readFileSync(new URL(file, import.meta.url), "utf8"))
  .join("\n");

const patienceMs = 300;

/**
 * One Python fork server in its cage, for one job at a time (forkServer.py has the protocol).
 *
 * A job that breaks the conversation, or that the watchdog stops, costs the server its life: `alive` turns false.
 */
export class ForkServer {
  readonly #child: ChildProcess;
  readonly #replies = new ByteQueue();
  readonly #complaint = new HeadBuffer(2_000);
  #condemned = false;

  /** @param command  bubblewrap's arguments up to and including the interpreter's flag -c */
  constructor(command: readonly string[], seccomp: Uint8Array) {
    this.#child = spawn("bwrap", [...command, program], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
      detached: true,
      ...dropTo(),
    });
    (this.#child.stdin as Writable).on("error", (error) => this.#replies.end(error));
    this.#child.once("error", (error) => this.#replies.end(error));
    this.#child.once("close", () => this.#replies.end(new Error("the server ended")));
    this.#replies.drain(this.#child.stdout as Readable);
    this.#complaint.drain(this.#child.stderr as Readable);
    this.#send({ seccomp: Buffer.from(seccomp).toString("hex") });
  }

  get alive(): boolean {
    return !this.#condemned && !this.#replies.ended;
  }

  /** @throws SandboxError  the cage does not come up here */
  async start(): Promise<void> {
    try {
      await this.#expect("U");
    } catch (cause) {
      const missing = cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "EACCES");
      const advice = missing ? "Debian: apt-get install bubblewrap." : this.#complaint.text().trim();
      throw new SandboxError(`forkServer: expected the cage to come up, got ${String(cause)}. ${advice}`, cause);
    }
  }

  /** @throws SandboxError  the server is gone, or could not make the job's namespaces: the job has not started */
  async run(job: Job, limits: Limits, watchdog: Watchdog): Promise<RunResult> {
    const guard = watchdog.watch(this.#child);
    let started = false;
    try {
      this.#send({ ...job, limits });
      await this.#expect("S");
      started = true;
      await this.#expect("R");
      const outcome = await this.#outcome();
      await this.#expect("D");
      await this.#replies.take(4);
      // Stopped in the moment that it ended: the outcome stands, the server is already dying.
      if (guard.release() !== null) this.#condemned = true;
      return outcome;
    } catch (cause) {
      this.#condemned = true;
      killCage(this.#child);
      const limit = guard.release();
      if (limit !== null) return failed({ how: "stopped", limit });
      if (started) return failed({ how: "signalled", signal: 9 });
      throw new SandboxError(
        `forkServer: expected a job to start, got ${String(cause)}. ${this.#complaint.text().trim()}`,
        cause,
      );
    }
  }

  /** An idle server leaves by itself when no more jobs can come; a busy one is ended. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined)
        return resolve();
      const end = setTimeout(() => killCage(this.#child), patienceMs);
      this.#child.once("close", () => {
        clearTimeout(end);
        resolve();
      });
      (this.#child.stdin as Writable).end();
    });
  }

  async #outcome(): Promise<RunResult> {
    const how = (await this.#replies.take(1)).readUInt8();
    const value = await this.#uint32();
    const channel = await this.#replies.take(await this.#uint32());
    const observed = await this.#replies.take(await this.#uint32());
    return { end: endOf(how, value), channel, observed };
  }

  async #uint32(): Promise<number> {
    return (await this.#replies.take(4)).readUInt32BE();
  }

  async #expect(letter: string): Promise<void> {
    const got = (await this.#replies.take(1)).toString("latin1");
    if (got !== letter) throw new SandboxError(`forkServer: expected reply ${letter}, got ${quoted(got)}`);
  }

  #send(message: object): void {
    const body = Buffer.from(JSON.stringify(message));
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    (this.#child.stdin as Writable).write(Buffer.concat([head, body]));
  }
}

function endOf(how: number, value: number): End {
  if (how === 2) return { how: "stopped", limit: "output" };
  return how === 1 ? { how: "signalled", signal: value } : { how: "exited", status: value };
}

function failed(end: End): RunResult {
  return { end, channel: new Uint8Array(), observed: new Uint8Array() };
}
