import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { treeUse } from "../../src/sandbox/processTree.ts";
import { readProc } from "../../src/sandbox/readProc.ts";

/** One side effect to look for, as an attack row's `must_not` writes it. */
export type MustNot =
  | { kind: "file_written"; path: string }
  | { kind: "canary_file_changed" | "secret_leaked" | "canary_process_killed" }
  | { kind: "output_contains"; text: string }
  | { kind: "socket_connected"; to: "tcp" | "abstract" }
  | { kind: "process_left"; marker: string }
  | { kind: "runtime_over_s"; s: number }
  | { kind: "memory_over_mb"; mb: number }
  | { kind: "processes_over"; n: number };

const folder = "/tmp/hk_canary";
const file = `${folder}/secret.txt`;
const secret = "HKSECRET-9f1c27";
const samplePeriodMs = 20;

/** The host's side of the attack corpus: things to steal, break and talk to, and eyes on all of them. */
export class Canaries {
  readonly #process: ChildProcess;
  readonly #servers: Server[];
  readonly #connected = { tcp: 0, abstract: 0 };
  readonly #timer: NodeJS.Timeout;
  readonly #ownProcesses: ReadonlySet<number>;
  #peakBytes = 0;
  #peakProcesses = 0;
  #startedMs = 0;
  #contendedAtStart = 0;

  private constructor(servers: Server[]) {
    this.#servers = servers;
    this.#process = spawn("/bin/sh", ["-c", "while :; do sleep 1; done # hk_canary_proc"], {
      stdio: "ignore",
      detached: true,
    });
    this.#ownProcesses = new Set(treeUse(process.pid).keys());
    this.#timer = setInterval(() => this.#sample(), samplePeriodMs);
  }

  static async open(): Promise<Canaries> {
    process.env["HK_CANARY_SECRET"] = secret;
    const servers = [createServer(), createServer()];
    const canaries = new Canaries(servers);
    for (const [i, kind] of (["tcp", "abstract"] as const).entries()) {
      servers[i]!.on("connection", (socket) => {
        canaries.#connected[kind]++;
        socket.on("error", () => socket.destroy()).end("HK");
      });
    }
    await new Promise<void>((resolve, reject) => servers[0]!.once("error", reject).listen(47613, "127.0.0.1", resolve));
    await new Promise<void>((resolve, reject) => servers[1]!.once("error", reject).listen("\0hk_canary", resolve));
    return canaries;
  }

  /** Sets the table for one row, without what an earlier one may have left. */
  lay(mustNot: readonly MustNot[]): void {
    for (const ban of mustNot) if (ban.kind === "file_written") rmSync(ban.path, { force: true });
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o777);
    writeFileSync(file, secret, { mode: 0o644 });
    this.#connected.tcp = 0;
    this.#connected.abstract = 0;
    this.#peakBytes = 0;
    this.#peakProcesses = 0;
    this.#startedMs = performance.now();
    this.#contendedAtStart = contendedSeconds();
  }

  /** What the row did that it must not: one sentence each. Call after the verdict; waits the 50 ms that leftovers are allowed. */
  async violations(mustNot: readonly MustNot[]): Promise<string[]> {
    const seconds = (performance.now() - this.#startedMs) / 1000 - (contendedSeconds() - this.#contendedAtStart);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const always: MustNot[] = [
      { kind: "canary_file_changed" },
      { kind: "canary_process_killed" },
      { kind: "socket_connected", to: "tcp" },
      { kind: "socket_connected", to: "abstract" },
    ];
    return [...always, ...mustNot].flatMap((ban) => (this.#broke(ban, seconds) ? [JSON.stringify(ban)] : []));
  }

  close(): void {
    clearInterval(this.#timer);
    for (const server of this.#servers) server.close();
    process.kill(-this.#process.pid!, "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
    delete process.env["HK_CANARY_SECRET"];
  }

  #broke(ban: MustNot, seconds: number): boolean {
    switch (ban.kind) {
      case "file_written":
        return existsSync(ban.path);
      case "canary_file_changed":
        return !existsSync(file) || readFileSync(file, "utf8") !== secret;
      case "canary_process_killed":
        return this.#process.exitCode !== null || this.#process.signalCode !== null;
      case "socket_connected":
        return this.#connected[ban.to] > 0;
      case "process_left":
        return processesNamed(ban.marker);
      case "runtime_over_s":
        return seconds > ban.s;
      case "memory_over_mb":
        return this.#peakBytes > ban.mb * 1e6;
      case "processes_over":
        return this.#peakProcesses > ban.n;
      // The executors show nothing of a program's output unless a mode's detector asks for its head.
      case "secret_leaked":
      case "output_contains":
        return false;
    }
  }

  #sample(): void {
    const uses = [...treeUse(process.pid)].filter(([pid]) => !this.#ownProcesses.has(pid));
    this.#peakProcesses = Math.max(this.#peakProcesses, uses.length);
    this.#peakBytes = Math.max(
      this.#peakBytes,
      uses.reduce((sum, [, use]) => sum + use.memoryBytes, 0),
    );
  }
}

/** Time in which some process of this machine had to wait for a core: a time limit on a row means a machine that is ours. */
function contendedSeconds(): number {
  if (!existsSync("/proc/pressure/cpu")) return 0;
  return Number(/^some .*total=(\d+)/.exec(readFileSync("/proc/pressure/cpu", "utf8"))?.[1] ?? 0) / 1e6;
}

function processesNamed(marker: string): boolean {
  return (
    existsSync("/proc") &&
    readdirSync("/proc").some(
      (pid) => /^\d+$/.test(pid) && (readProc(pid, "cmdline") + readProc(pid, "comm")).includes(marker),
    )
  );
}
