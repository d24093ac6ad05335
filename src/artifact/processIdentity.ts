import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Which process made a file: enough to find out later whether it still runs. */
export interface ProcessIdentity {
  /** eight digits for the machine and, on Linux, its process id namespace: elsewhere the same id is another process */
  readonly host: string;
  readonly pid: number;
  /** eight digits for the boot and the start in it; empty where the system does not say (no /proc) */
  readonly started: string;
}

export const thisProcess: ProcessIdentity = {
  host: short(`${hostname()} ${link("/proc/self/ns/pid")}`),
  pid: process.pid,
  started: startOf(process.pid),
};

/**
 * Whether a process still runs: "alive", "dead", or "unknown" where it is another machine's or container's.
 *
 * A process id is given again after its process has ended; the start tells the two apart. A process that was killed and that
 * nobody has waited for (a zombie) is dead.
 */
export function fateOf({ host, pid, started }: ProcessIdentity): "alive" | "dead" | "unknown" {
  if (host !== thisProcess.host) return "unknown";
  return runs(pid) && (started === "" || startOf(pid) === started) ? "alive" : "dead";
}

/** `HOST-PID-START`, for a file's name. */
export function tagOf({ host, pid, started }: ProcessIdentity): string {
  return `${host}-${pid}-${started}`;
}

/** The process of a tag; null for another text. */
export function processOfTag(tag: string): ProcessIdentity | null {
  const [, host, pid, started] = /^([0-9a-f]{8})-(\d+)-([0-9a-f]{8}|)$/.exec(tag) ?? [];
  return host === undefined || started === undefined ? null : { host, pid: Number(pid), started };
}

function short(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (failure) {
    return failure instanceof Error && "code" in failure && failure.code === "EPERM";
  }
}

/** Boot and start of a process, empty where it is gone, a zombie, or not said. @see man 5 proc: stat fields 3 and 22 */
function startOf(pid: number): string {
  const stat = text(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 20 || fields[0] === "Z" || fields[0] === "X") return "";
  return short(`${text("/proc/sys/kernel/random/boot_id").trim()} ${fields[19]}`);
}

function text(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
